// The commands of the program. Each is a function that takes its own part of the command line
// (argv[0] is the command's name) and returns the exit status: 0, EXIT_FAILED or EXIT_USAGE.
// Where a library was left out of the build, the command stays and says so when it is needed.
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

int command_serve(int argc, char **argv);  // music over the network and the player page
int command_render(int argc, char **argv); // music into a file
int command_play(int argc, char **argv);   // music on this machine's loudspeakers
int command_scenes(int argc, char **argv); // what scenes and controls there are
int command_doctor(int argc, char **argv); // what this machine offers
int command_soak(int argc, char **argv);   // whether anything grows over hours (profiling/soak)
int command_top(int argc, char **argv);    // how a running server fares (profiling/top)

#endif

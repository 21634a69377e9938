// Keys, and a few lines drawn in place or a whole screen, on a terminal. The terminal is put back
// as it was however the program ends: on return, on exit() and on a signal that kills. Main thread.
#ifndef SERVER_TERMINAL_H
#define SERVER_TERMINAL_H

#include <stdbool.h>

enum { TERMINAL_LINES_MAX = 6, TERMINAL_SCREEN_LINES_MAX = 24, TERMINAL_LINE_BYTES = 512 };

// Keys beyond plain characters.
enum terminal_key {
    TERMINAL_NONE = 0,
    TERMINAL_LEFT = 256,
    TERMINAL_RIGHT,
    TERMINAL_UP,
    TERMINAL_DOWN,
};

// Are keys and drawing possible: standard input and output both terminals?
bool terminal_present(void);

// Takes single keys without echo, hides the cursor. Only where terminal_present. Pair:
// terminal_end, which may be called any number of times.
void terminal_begin(void);
void terminal_end(void);

// The same with a screen of its own; what was there before comes back at the end. A change of the
// window's size ends a wait for a key.
void terminal_begin_screen(void);

// Waits up to MILLISECONDS for a key: a character, an enum terminal_key, or TERMINAL_NONE.
int terminal_key(int milliseconds);

// Draws COUNT lines over those drawn before; longer ones are cut at the terminal's edge.
void terminal_draw(const char lines[][TERMINAL_LINE_BYTES], int count);

// Draws COUNT lines as the screen's contents, as many as the window has, from the top.
void terminal_draw_screen(const char lines[][TERMINAL_LINE_BYTES], int count);

#endif

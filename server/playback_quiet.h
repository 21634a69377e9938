// Keeps ALSA and JACK from writing their hundred lines about devices that do not exist to standard
// error while PortAudio starts. One thread, briefly: others must not print meanwhile.
#ifndef SERVER_PLAYBACK_QUIET_H
#define SERVER_PLAYBACK_QUIET_H

// Points standard error to nowhere; returns what playback_quiet_end needs.
int playback_quiet_begin(void);
void playback_quiet_end(int saved);

#endif

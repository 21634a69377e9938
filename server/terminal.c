// The terminal; see terminal.h. Control characters keep their meaning (Ctrl-C is a signal), only
// line editing and echo are off. What a deadly signal needs for putting things back is async-
// signal-safe: tcsetattr and write.
#include "server/terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t is_changed;
static volatile sig_atomic_t is_screen;
static int drawn_lines;

// Cursor on, lines wrap again; and the screen that was there before.
static const char restore_text[] = "\033[?25h\033[?7h";
static const char leave_text[] = "\033[?1049l";

bool terminal_present(void) {
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void terminal_end(void) {
    if (is_changed) {
        is_changed = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
        ssize_t left = is_screen ? write(STDOUT_FILENO, leave_text, sizeof leave_text - 1) : 0;
        (void)left;
        is_screen = 0;
        ssize_t ignored = write(STDOUT_FILENO, restore_text, sizeof restore_text - 1);
        (void)ignored;
    }
}

// A crash: the terminal first, then the signal's own course.
static void on_deadly(int signal_number) {
    terminal_end();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void take(void) {
    struct termios now = before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &now);
    is_changed = 1;
}

// Back from Ctrl-Z: the shell has put its own settings in place.
static void on_continue(int signal_number) {
    (void)signal_number;
    if (is_changed) {
        take();
    }
}

void terminal_begin(void) {
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    struct sigaction action = {.sa_handler = on_deadly};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        sigaction(deadly[i], &action, NULL);
    }
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    atexit(terminal_end);
    drawn_lines = 0;
    take();
    fputs("\033[?25l\033[?7l", stdout);
    fflush(stdout);
}

// Being told is all: it breaks the wait off.
static void on_resize(int signal_number) {
    (void)signal_number;
}

void terminal_begin_screen(void) {
    terminal_begin();
    if (!is_changed) {
        return;
    }
    struct sigaction action = {.sa_handler = on_resize};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
    is_screen = 1;
    fputs("\033[?1049h", stdout);
    fflush(stdout);
}

// Reads one byte if one comes within MILLISECONDS; -1 if none does.
static int read_byte(int milliseconds) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    unsigned char byte;
    if (poll(&input, 1, milliseconds) > 0 && read(STDIN_FILENO, &byte, 1) == 1) {
        return byte;
    }
    return -1;
}

int terminal_key(int milliseconds) {
    int byte = read_byte(milliseconds);
    if (byte < 0) {
        return TERMINAL_NONE;
    }
    if (byte != 27) {
        return byte;
    }
    // Arrow keys are ESC [ A..D (or ESC O A..D), sent at once: a lone ESC has nothing after it.
    int second = read_byte(5);
    if (second != '[' && second != 'O') {
        return byte;
    }
    switch (read_byte(5)) {
    case 'A':
        return TERMINAL_UP;
    case 'B':
        return TERMINAL_DOWN;
    case 'C':
        return TERMINAL_RIGHT;
    case 'D':
        return TERMINAL_LEFT;
    default:
        return TERMINAL_NONE;
    }
}

void terminal_draw(const char lines[][TERMINAL_LINE_BYTES], int count) {
    if (drawn_lines > 0) {
        printf("\033[%dA", drawn_lines);
    }
    for (int i = 0; i < count; i++) {
        printf("\r%s\033[K\n", lines[i]);
    }
    drawn_lines = count;
    fflush(stdout);
}

void terminal_draw_screen(const char lines[][TERMINAL_LINE_BYTES], int count) {
    struct winsize window = {0};
    int rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ? window.ws_row : 0;
    if (rows > 0 && count > rows) {
        count = rows;
    }
    fputs("\033[H", stdout);
    for (int i = 0; i < count; i++) {
        printf("%s%s\033[K", i ? "\r\n" : "", lines[i]);
    }
    fputs("\033[J", stdout);
    fflush(stdout);
}

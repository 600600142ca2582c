// How libev is compiled: read by ev.c and, with the same values, by loop.cc
// (-include). One loop, epoll, descriptors, timers and the two watchers around
// the wait; everything else is left out.
#pragma once

#define EV_STANDALONE 1
// The one loop is global: no argument to pass around.
#define EV_MULTIPLICITY 0
#define EV_FEATURES 0x03
#define EV_USE_EPOLL 1
#define EV_USE_MONOTONIC 1
#define EV_USE_EVENTFD 1
// 1 would go around the vDSO: a system call for each look at the clock.
#define EV_USE_CLOCK_SYSCALL 0
#define EV_USE_NANOSLEEP 0
#define EV_USE_SELECT 0
#define EV_USE_POLL 0
#define EV_USE_IOURING 0
#define EV_USE_LINUXAIO 0
#define EV_USE_INOTIFY 0
#define EV_USE_SIGNALFD 0
#define EV_USE_TIMERFD 0
// One priority: smaller watchers, one list of pending events.
#define EV_MINPRI 0
#define EV_MAXPRI 0
#define EV_PERIODIC_ENABLE 0
#define EV_STAT_ENABLE 0
#define EV_EMBED_ENABLE 0
#define EV_FORK_ENABLE 0
#define EV_CLEANUP_ENABLE 0
// Without it libev installs no SIGCHLD handler and opens no eventfd at the start.
#define EV_CHILD_ENABLE 0
#define EV_SIGNAL_ENABLE 0
#define EV_ASYNC_ENABLE 0
#define EV_IDLE_ENABLE 0
#define EV_PREPARE_ENABLE 1
#define EV_CHECK_ENABLE 1
#define EV_VERIFY 0
#define EV_USE_4HEAP 1
#define EV_HEAP_CACHE_AT 1

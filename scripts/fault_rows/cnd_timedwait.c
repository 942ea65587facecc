// libfaketime sets the clock by which librdkafka reckons until when it waits (timespec_get), but not
// the one it waits by (cnd_timedwait): beside each other they make every wait longer or shorter by as
// much as the clock is wrong, which no clock that somebody sets does. This sends the wait where
// libfaketime sees it; in glibc both are the same objects.
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until) {
  switch (pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until)) {
    case 0:
      return thrd_success;
    case ETIMEDOUT:
      return thrd_timedout;
    default:
      return thrd_error;
  }
}

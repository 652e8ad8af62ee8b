/* A mutex that nobody else wants: no call at all. */
#include "rows.h"
static void rounds(long count, const char *argument) {
  (void)argument;
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  for (long i = 0; i < count; i++) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
}

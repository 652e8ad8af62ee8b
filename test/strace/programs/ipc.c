/* System V IPC. */
#include "cases.h"
#include <mqueue.h>
#include <signal.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#define RAW(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

CASE(shared_memory) {
  struct shmid_ds data;
  int id = RAW(shmget, IPC_PRIVATE, 5000, IPC_CREAT | 0600);
  RAW(shmget, 0x6b420001, 5000, 0);
  RAW(shmget, 0x6b420001, 5000, SHM_NORESERVE | 07);
  RAW(shmget, IPC_PRIVATE, 0, IPC_CREAT | IPC_EXCL | 0640);
  void *place = (void *)RAW(shmat, id, NULL, 0);
  RAW(shmat, id, place, SHM_RDONLY | SHM_RND);
  RAW(shmctl, id, IPC_STAT, &data);
  RAW(shmctl, id, IPC_SET, &data);
  RAW(shmctl, id, SHM_LOCK, 0);
  RAW(shmctl, id, SHM_UNLOCK, 0);
  RAW(shmctl, id, 77, &data);
  RAW(shmctl, id, IPC_STAT, 8);
  RAW(shmctl, 0x7ffffff0, IPC_STAT, &data);
  struct shminfo limits;
  struct shm_info usage;
  RAW(shmctl, 0, IPC_INFO, &limits);
  RAW(shmctl, 0, SHM_INFO, &usage);
  RAW(shmctl, 32767, SHM_STAT, &data);
  RAW(shmctl, 32767, SHM_STAT_ANY, &data);
  RAW(shmdt, place);
  RAW(shmctl, id, IPC_RMID, NULL);
}
CASE(semaphores) {
  struct semid_ds data;
  struct seminfo info;
  unsigned short values[3] = {1, 2, 3};
  struct timespec wait = {0, 1000};
  struct sembuf list[] = {{0, 1, 0}, {1, -1, IPC_NOWAIT}, {2, 3, SEM_UNDO | IPC_NOWAIT}, {1, 0, 0x40}};
  int id = RAW(semget, IPC_PRIVATE, 3, IPC_CREAT | 0600);
  RAW(semget, 0x6b420001, 3, 0);
  RAW(semop, id, list, 1);
  RAW(semop, id, list, 4);
  RAW(semop, id, 8, 1);
  RAW(semop, id, list, 0);
  RAW(semtimedop, id, list + 1, 1, &wait);
  RAW(semtimedop, id, list, 1, NULL);
  RAW(semctl, id, 0, SETALL, values);
  RAW(semctl, id, 0, GETALL, values);
  RAW(semctl, id, 1, SETVAL, 4);
  RAW(semctl, id, 1, GETVAL, 4);
  RAW(semctl, id, 1, GETPID, 0);
  RAW(semctl, id, 1, GETNCNT, 0);
  RAW(semctl, id, 1, GETZCNT, 0);
  RAW(semctl, id, 0, IPC_STAT, &data);
  RAW(semctl, id, 0, IPC_SET, &data);
  RAW(semctl, 0, 0, SEM_INFO, &info);
  RAW(semctl, 32767, 0, SEM_STAT, &data);
  RAW(semctl, id, 0, 99, &data);
  RAW(semctl, id, 0, IPC_RMID, 0);
}
CASE(message_queues) {
  static struct {
    long type;
    char text[9000];
  } message = {5, "hello"};
  struct msqid_ds data;
  struct msginfo info;
  int id = RAW(msgget, IPC_PRIVATE, IPC_CREAT | 0600);
  RAW(msgget, 0x6b420001, 0);
  RAW(msgsnd, id, &message, 6, 0);
  RAW(msgsnd, id, &message, 60, IPC_NOWAIT);
  RAW(msgsnd, id, 8, 60, IPC_NOWAIT);
  RAW(msgsnd, id, &message, 9000, 0);
  RAW(msgrcv, id, &message, 100L, 0L, 0);
  RAW(msgrcv, id, &message, 2L, -5L, MSG_NOERROR | IPC_NOWAIT);
  RAW(msgrcv, id, &message, 100L, 0L, IPC_NOWAIT | MSG_COPY);
  RAW(msgrcv, id, &message, 100L, 3L, IPC_NOWAIT | MSG_EXCEPT);
  RAW(msgctl, id, IPC_STAT, &data);
  RAW(msgctl, id, IPC_SET, &data);
  RAW(msgctl, 0, MSG_INFO, &info);
  RAW(msgctl, 32767, MSG_STAT, &data);
  RAW(msgctl, id, 99, &data);
  RAW(msgctl, id, IPC_RMID, 0);
}
CASE(posix_queues) {
  char text[100];
  unsigned priority;
  struct timespec past = {0, 1000};
  struct mq_attr size = {0, 3, 50, 0};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGWINCH};
  RAW(mq_open, "k42-strace", O_RDONLY, 0, 0);
  int queue = RAW(mq_open, "k42-strace", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &size);
  RAW(mq_open, "k42-strace", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
  RAW(mq_notify, queue, &event);
  RAW(mq_notify, queue, NULL);
  event.sigev_value.sival_int = 5;
  RAW(mq_notify, queue, &event);
  RAW(mq_timedsend, queue, "hello", 5, 7, NULL);
  RAW(mq_timedsend, queue, "hello", 5, 7, &past);
  RAW(mq_timedsend, queue, "hello", 51, 7, NULL);
  RAW(mq_getsetattr, queue, NULL, &size);
  RAW(mq_getsetattr, queue, &size, NULL);
  RAW(mq_getsetattr, queue, &size, &size);
  RAW(mq_timedreceive, queue, text, 100, &priority, NULL);
  RAW(mq_timedreceive, queue, text, 100, NULL, &past);
  RAW(mq_timedreceive, queue, text, 100, &priority, &past);
  event.sigev_notify = SIGEV_NONE;
  RAW(mq_notify, queue, &event);
  RAW(mq_unlink, "k42-strace");
  RAW(mq_unlink, "k42-strace");
}

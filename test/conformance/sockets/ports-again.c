/* A server that comes back: which ports can be bound and listened at while connections of the last one are still there. */
#include "conform.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in place = {.sin_family = AF_INET};

static int server(int reuse) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  return s;
}

static void again(const char *when) {
  char label[100];
  for (int reuse = 0; reuse < 2; reuse++) {
    int s = server(reuse);
    snprintf(label, sizeof label, "%s, SO_REUSEADDR %d", when, reuse);
    CASE("bind", label, bind(s, (struct sockaddr *)&place, sizeof place));
    if (reuse) CASE("listen", label, listen(s, 5));
    close(s);
  }
}

int main(void) {
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int first = server(1);
  bind(first, (struct sockaddr *)&place, sizeof place);
  listen(first, 5);
  socklen_t length = sizeof place;
  getsockname(first, (struct sockaddr *)&place, &length);
  again("one listens");
  int client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (struct sockaddr *)&place, sizeof place);
  int end = accept(first, 0, 0);
  close(first);
  again("a connection is there");
  close(end);
  char byte;
  CASE("read", "the server closed first", read(client, &byte, 1));
  again("the connection is half closed");
  close(client);
  again("the connection is in TIME_WAIT");
  int one = server(1), other = server(1);
  place.sin_port = 0;
  bind(one, (struct sockaddr *)&place, sizeof place);
  getsockname(one, (struct sockaddr *)&place, &length);
  CASE("bind", "two with SO_REUSEADDR", bind(other, (struct sockaddr *)&place, sizeof place));
  CASE("listen", "the first of two", listen(one, 5));
  CASE("listen", "the second of two", listen(other, 5));
  return 0;
}

/* Files that execve may be given: scripts of every shape, text, directories; and what a program needs to be executed.
 */
#include "conform.h"

static char *arguments[] = {"x", 0};
static char *environment[] = {0};

static void make(const char *name, const char *text, int mode) {
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  write(file, text, strlen(text));
  fchmod(file, mode);
  close(file);
}

static void run(const char *label, const char *path) {
  CHILD("execve", label, {
    execve(path, arguments, environment);
    SAY("execve", label, "%s", errno_name(errno));
    _exit(99);
  });
}

/* "#!" and an interpreter, with blanks or an argument up to the end of what is read of a script. */
static void long_lines(void) {
  char line[700];
  memset(line, 'a', sizeof line);
  memcpy(line, "#!/", 3);
  strcpy(line + 600, "\n");
  make("s", line, 0755);
  run("an interpreter whose name is too long", "./s");
  memset(line, ' ', sizeof line);
  memcpy(line, "#!/proc/self/exe", 16);
  strcpy(line + 400, "\n\n");
  make("s", line, 0755);
  run("blanks that are too long", "./s");
  memset(line, 'e', sizeof line);
  memcpy(line, "#!/proc/self/exe -", 18);
  strcpy(line + 400, "\n\n");
  make("s", line, 0755);
  run("an argument that is too long", "./s");
}

static void scripts(void) {
  make("s", "#!/proc/self/exe\n\n", 0755);
  run("a script", "./s");
  make("s", "#! /proc/self/exe   \n\n", 0755);
  run("blanks around the interpreter", "./s");
  make("s", "#!\t/proc/self/exe\t-e\t\n", 0755);
  run("tabs and an argument", "./s");
  make("s", "#!\n\n", 0755);
  run("no interpreter", "./s");
  make("s", "#!   \n\n", 0755);
  run("blanks for an interpreter", "./s");
  make("s", "#!/proc/self/exe", 0755);
  run("no end of line", "./s");
  make("s", "#!/nowhere\n", 0755);
  run("an interpreter that is not there", "./s");
  make("s", "#!/tmp\n", 0755);
  run("a directory for an interpreter", "./s");
  make("s", "#!./s\n", 0755);
  run("itself for an interpreter", "./s");
  make("s", "#!/proc/self/exe\n", 0644);
  run("not executable", "./s");
  long_lines();
}

static void nested(void) {
  make("n0", "#!/proc/self/exe\n\n", 0755);
  for (int depth = 1; depth < 7; depth++) {
    char name[8], text[16], label[40];
    sprintf(name, "./n%d", depth);
    sprintf(text, "#!./n%d\n", depth - 1);
    make(name, text, 0755);
    sprintf(label, "scripts of scripts, %d deep", depth);
    run(label, name);
  }
}

static void others(void) {
  make("e", "", 0755);
  run("an empty file", "./e");
  make("e", "hello", 0755);
  run("text", "./e");
  make("e", "\177ELF", 0755);
  run("the beginning of a program", "./e");
  run("a directory", ".");
  make("e", "#!/proc/self/exe\n\n", 0755);
  run("a file with a slash", "./e/");
  CHILD("execve", "no path", execve(0, arguments, environment); SAY("execve", "no path", "%s", errno_name(errno)));
  CHILD("execve", "bad arguments", execve("./e", (void *)8, environment);
        SAY("execve", "bad", "%s", errno_name(errno)));
  CHILD("execve", "without open files", close(0); close(1); close(2); execve("./e", arguments, environment));
  int writer = open("e", O_WRONLY);
  run("being written", "./e");
  close(writer);
}

static void at(void) {
  int file = open("e", O_RDONLY), path = open("e", O_PATH);
  symlink("e", "link");
  CHILD("execveat", "a descriptor", RAW(execveat, file, "", arguments, environment, AT_EMPTY_PATH));
  CHILD("execveat", "one of O_PATH", RAW(execveat, path, "", arguments, environment, AT_EMPTY_PATH));
  CALL(execveat, "no path and no flag", file, "", arguments, environment, 0);
  CALL(execveat, "a link itself", AT_FDCWD, "link", arguments, environment, AT_SYMLINK_NOFOLLOW);
  CALL(execveat, "no such flag", AT_FDCWD, "e", arguments, environment, 1);
  CALL(execveat, "no descriptor", 999, "e", arguments, environment, 0);
}

/* As an interpreter it shows what it is given. */
static int interpret(int count, char **given) {
  char line[400] = "";
  for (int i = 1; i < count; i++) {
    int length = strlen(given[i]);
    if (strncmp(given[i], "/dev/fd/", 8) == 0) strcpy(given[i], "/dev/fd/N"), length = 0;
    sprintf(line + strlen(line), length > 20 ? " %.5s and %d more" : " %s", given[i], length - 5);
  }
  SAY("execve", "interpreter", "%s", line);
  return 7;
}

int main(int count, char **given) {
  if (count > 1) return interpret(count, given);
  scripts();
  nested();
  others();
  at();
  return 0;
}

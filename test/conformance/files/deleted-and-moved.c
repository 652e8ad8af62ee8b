/* Directories that are deleted while open, names moved into themselves, and last names that are special. */
#include "conform.h"

static char bytes[4096];

static void deleted(void) {
  mkdir("d", 0755);
  close(open("f", O_RDWR | O_CREAT, 0644));
  int directory = open("d", O_RDONLY | O_DIRECTORY);
  rmdir("d");
  CALL(getdents64, "of a deleted directory", directory, bytes, sizeof bytes);
  CALL(openat, "a new file in it", directory, "x", O_CREAT | O_RDWR, 0644);
  CALL(openat, "no file in it", directory, "x", O_RDONLY);
  CALL(mkdirat, "in it", directory, "x", 0755);
  CALL(symlinkat, "in it", "a", directory, "b");
  CALL(mknodat, "in it", directory, "n", S_IFIFO | 0600, 0);
  CALL(linkat, "into it", AT_FDCWD, "f", directory, "y", 0);
  CALL(renameat, "into it", AT_FDCWD, "f", directory, "y");
  CALL(fchmodat, "itself", directory, ".", 0700);
  CALL(utimensat, "itself", directory, 0, 0, 0);
  OKAY(openat, "itself", directory, ".", O_RDONLY);
  OKAY(openat, "its parent", directory, "..", O_RDONLY);
  struct stat now;
  fstat(directory, &now);
  SAY("fstat", "links of it", "%ld", (long)now.st_nlink);
  CHILD("fchdir", "into it", {
    CALL(fchdir, "into it", directory);
    CALL(getcwd, "in it", bytes, sizeof bytes);
    CALL(chdir, "its parent", "..");
  });
}

static void moved(void) {
  mkdir("a", 0755);
  mkdir("a/b", 0755);
  mkdir("a/b/c", 0755);
  CALL(rename, "into itself", "a", "a/b/x");
  CALL(rename, "onto an ancestor", "a/b/c", "a");
  CALL(rename, "onto its parent", "a/b/c", "a/b");
  CALL(rename, ".", "a/.", "z");
  CALL(rename, "to .", "f", "a/.");
  CALL(rename, "..", "a/..", "z");
  CALL(rename, "the root", "/", "z");
  CALL(rename, "a file with a slash", "f/", "g");
  CALL(rename, "a file to a slash", "f", "g/");
  CALL(rename, "a directory to a slash", "a/", "aa/");
  CALL(rename, "a file onto a directory", "f", "aa");
  CALL(rename, "a directory onto a file", "aa", "f");
  CALL(rename, "nothing", "", "x");
  CALL(rename, "to nothing", "f", "");
  CALL(renameat2, "exchange with a descendant", AT_FDCWD, "aa", AT_FDCWD, "aa/b", 2);
  CALL(renameat2, "exchange with an ancestor", AT_FDCWD, "aa/b", AT_FDCWD, "aa", 2);
  CALL(renameat2, "both flags", AT_FDCWD, "aa", AT_FDCWD, "f", 3);
  CALL(renameat2, "no replacement of itself", AT_FDCWD, "f", AT_FDCWD, "f", 1);
  CALL(renameat2, "exchange with itself", AT_FDCWD, "f", AT_FDCWD, "f", 2);
  CALL(renameat2, "exchange and whiteout", AT_FDCWD, "f", AT_FDCWD, "g", 6);
}

static void special(void) {
  symlink("nowhere", "dangling");
  CALL(rmdir, ".", "aa/.");
  CALL(rmdir, "..", "aa/b/..");
  CALL(rmdir, "the root", "/");
  CALL(rmdir, "with a slash", "aa/b/c/");
  CALL(unlink, "a directory", "aa");
  CALL(unlink, "a file with a slash", "f/");
  CALL(unlink, "the root", "/");
  CALL(unlink, ".", ".");
  CALL(unlinkat, "no such flag", AT_FDCWD, "f", 1);
  CALL(mkdir, ".", ".", 0755);
  CALL(mkdir, "the root", "/", 0755);
  CALL(mkdir, "where a link leads nowhere", "dangling", 0755);
  CALL(mkdir, "where a link leads nowhere, with a slash", "dangling/", 0755);
  CALL(open, "new, with a slash", "new/", O_CREAT | O_RDWR, 0644);
  CALL(open, "new behind a link, with a slash", "dangling/", O_CREAT | O_RDWR, 0644);
  CALL(open, "exclusively behind a link", "dangling", O_CREAT | O_EXCL, 0644);
  CALL(open, "a directory, with O_CREAT", "aa", O_CREAT | O_RDONLY, 0644);
  CALL(open, "O_TMPFILE to read", ".", O_TMPFILE | O_RDONLY, 0644);
  CALL(symlink, "to nothing", "", "s");
  CALL(symlink, "from a name with a slash", "f", "s/");
  CALL(link, "a link itself", "dangling", "hard");
  CALL(linkat, "where it leads", AT_FDCWD, "dangling", AT_FDCWD, "hard2", AT_SYMLINK_FOLLOW);
  CALL(readlink, "of a hard link to it", "hard", bytes, 100);
  CALL(readlink, "no room", "hard", bytes, 0);
  CALL(readlink, "not a link", "f", bytes, 100);
  CALL(faccessat2, "the link itself", AT_FDCWD, "dangling", R_OK, AT_SYMLINK_NOFOLLOW);
  CALL(faccessat2, "no such mode", AT_FDCWD, "f", 8, 0);
  CALL(faccessat2, "no such flag", AT_FDCWD, "f", 0, 1);
}

int main(void) {
  deleted();
  moved();
  special();
  return 0;
}

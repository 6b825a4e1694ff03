/* driver LIBRARY FUNCTION FILE: call a function of a kernel with the buffers that a file holds.

   The file begins with int64 numbers: trials, steps, keep, how many buffers there are, and where in
   the file each of them begins (0: there is none). What the function writes, the file then has. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef int Function(long first, long last, long steps, long keep, float *const *buffers);

int main(int count, char **words) {
  void *library = count == 4 ? dlopen(words[1], RTLD_NOW) : NULL;
  Function *function = library ? (Function *)dlsym(library, words[2]) : NULL;
  if (!function) return fprintf(stderr, "%s\n", dlerror()), 2;
  int file = open(words[3], O_RDWR);
  struct stat about;
  if (file < 0 || fstat(file, &about)) return perror(words[3]), 2;
  char *all = mmap(NULL, about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (all == MAP_FAILED) return perror(words[3]), 2;
  const int64_t *head = (const int64_t *)all;
  float *buffers[head[3]];
  for (int n = 0; n < head[3]; n++) buffers[n] = head[4 + n] ? (float *)(all + head[4 + n]) : NULL;
  return function(0, head[0], head[1], head[2], buffers);
}

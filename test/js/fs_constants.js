// The constants of files, encodings and errors; strerror.
// stdout: 0 1 2 64 128 256 512 1024 65536 131072 1052672
// stdout: 448 256 128 64 56 32 16 8 7 4 2 1
// stdout: 0 1 2 0 1 2
// stdout: 2 13 17 28 32 11 11 95 95 104
// stdout: No such file or directory|Permission denied|Unknown error 9999|Success
// stdout: 130 or more names of errors
puts([node.O_RDONLY, node.O_WRONLY, node.O_RDWR, node.O_CREAT, node.O_EXCL, node.O_NOCTTY, node.O_TRUNC, node.O_APPEND,
      node.O_DIRECTORY, node.O_NOFOLLOW, node.O_SYNC].join(" "));
puts([node.S_IRWXU, node.S_IRUSR, node.S_IWUSR, node.S_IXUSR, node.S_IRWXG, node.S_IRGRP, node.S_IWGRP, node.S_IXGRP,
      node.S_IRWXO, node.S_IROTH, node.S_IWOTH, node.S_IXOTH].join(" "));
puts([node.STDIN_FILENO, node.STDOUT_FILENO, node.STDERR_FILENO, node.ASCII, node.UTF8, node.RAW].join(" "));
puts([node.ENOENT, node.EACCES, node.EEXIST, node.ENOSPC, node.EPIPE, node.EAGAIN, node.EWOULDBLOCK, node.ENOTSUP,
      node.EOPNOTSUPP, node.ECONNRESET].join(" "));
puts([node.fs.strerror(node.ENOENT), node.fs.strerror(13), node.fs.strerror(9999), node.fs.strerror(0)].join("|"));
var count = Object.keys(node).filter(function (name) { return /^E[A-Z0-9]+$/.test(name); }).length;
puts(count >= 130 ? "130 or more names of errors" : count);

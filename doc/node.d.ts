// Types of the API of node, for TypeScript 4.8 or newer and for editors that use it. What is said here in a line is said in
// full in doc/api.
//
// Each file is a module, whose body is the body of a function. For scripts in JavaScript beside this file:
//
//   // tsconfig.json
//   { "compilerOptions": { "allowJs": true, "checkJs": true, "noEmit": true, "target": "es2022", "lib": ["es2022"],
//                          "module": "commonjs", "moduleDetection": "force", "baseUrl": ".", "types": [] },
//     "include": ["node.d.ts", "*.js"] }

// --- Globals ---

/** The program as typed, the script as typed, then the script's arguments. */
declare var ARGV: string[];

/** Writes `x` as a string and a newline to standard output. Queued. Success: the number of bytes. */
declare function puts(x?: unknown): node.Promise<[bytes: number], [error: node.SystemError]>;
/** As puts, without the newline. An array of integers is written as bytes. */
declare function print(x?: unknown): node.Promise<[bytes: number], [error: node.SystemError]>;
/** Writes the JSON form of `x` and a newline to standard output. */
declare function p(x?: unknown): node.Promise<[bytes: number], [error: node.SystemError]>;

/** Standard input, a File of descriptor 0. */
declare var stdin: node.fs.File;
/** Standard output, a File of descriptor 1; one queue with puts, print and p. */
declare var stdout: node.fs.File;
/** Standard error, a File of descriptor 2. */
declare var stderr: node.fs.File;

/** Calls `callback` once, without arguments, in a later turn, when `delay` milliseconds have gone (default 0). */
declare function setTimeout(callback: (this: node.Timer, nothing?: any) => void, delay?: number): node.Timer;
/** Calls `callback` again and again, every `delay` milliseconds. */
declare function setInterval(callback: (this: node.Timer, nothing?: any) => void, delay?: number): node.Timer;
/** Stops a timer of either kind; harmless when it has fired or was cleared. */
declare function clearTimeout(timer?: node.Timer | null): void;
/** As clearTimeout. */
declare function clearInterval(timer?: node.Timer | null): void;

interface Console {
  /** Prints its arguments, separated by blanks, as puts does. */
  log(...values: unknown[]): void;
  /** As log. */
  info(...values: unknown[]): void;
  /** Writes its arguments to standard error. */
  warn(...values: unknown[]): void;
  /** As warn. */
  error(...values: unknown[]): void;
  /** As warn. */
  debug(...values: unknown[]): void;
}
declare var console: Console;

// Of each module.

/** What a module offers to those that require it. In the main script it is the global object. */
declare var exports: { [name: string]: any };
/** The path or URL of the module, as it was found. */
declare var __filename: string;
/**
 * The namespace of the module at `path` (relative to the folder of this file, or a URL): empty until that module has run,
 * full in onLoad.
 */
declare function require(path: string): any;
/** Runs the module at `path` with this module's own namespace. What it brings is there in onLoad. */
declare function include(path: string): void;
/** A module's function of this name is called when all that it requires and includes is loaded. */
declare var onLoad: (() => void) | undefined;
/** A module's function of this name is called when the program ends. */
declare var onExit: (() => void) | undefined;

declare module "http://*";

declare namespace node {
  // --- Data ---

  /** Bytes that are given: text, integers 0..255, or bytes. */
  type Bytes = string | readonly number[] | Uint8Array | ArrayBuffer;
  /** Data that have arrived, as the encoding in force has them: string, number[] or Uint8Array. */
  type Data = any;
  /** Encodings that give strings. */
  type TextEncoding = "utf8" | "ascii" | "UTF8" | "ASCII" | typeof UTF8 | typeof ASCII;
  /** Encodings that give arrays of integers. */
  type RawEncoding = "raw" | "RAW" | typeof RAW;
  /** Encodings that give a Uint8Array. */
  type BytesEncoding = "bytes" | "BYTES" | typeof BYTES;
  type Encoding = TextEncoding | RawEncoding | BytesEncoding;
  /** Names of encodings, where numbers do not stand for them. */
  type EncodingName = Exclude<Encoding, number>;

  /** What the system has refused. */
  interface SystemError extends Error {
    /** The name of the error: "ENOENT". */
    errno: string;
    /** The call that failed: "open". */
    syscall: string;
    /** Of operations on files. */
    path?: string;
    /** The second path, where there are two. */
    destination?: string;
    /** Of operations on an open file. */
    fd?: number;
  }

  /** Why a connection or a request has failed. */
  interface NetworkError extends Error {
    /** The name of the error: "ECONNREFUSED". */
    errno?: string;
    /** The call that failed: "connect". */
    syscall?: string;
    /** Of a host that was looked up: one of node.dns.TEMPFAIL and its like. */
    code?: number;
  }

  // --- Events ---

  /** The arguments of `Event`: those that `Events` names, else any. */
  type EventArguments<Events, Event> = Event extends keyof Events ? (Events[Event] extends any[] ? Events[Event] : any[]) : any[];
  /** A name of `Events`, or another one. */
  type EventName<Events> = (keyof Events & string) | (string & {});

  /** What emits events. `Events`: the arguments of each, { name: [argument, ...] }. */
  class EventEmitter<Events = {}> {
    /** Appends `listener` to those of `event`. */
    addListener<Event extends EventName<Events>>(
      event: Event, listener: ((this: this, ...args: EventArguments<Events, Event>) => void) | null | undefined): this;
    /** The array of listeners itself, not a copy. */
    listeners<Event extends EventName<Events>>(event: Event): ((this: this, ...args: EventArguments<Events, Event>) => void)[];
    /** Calls the listeners with the elements of `args`. Whether there is an array of listeners. */
    emit<Event extends EventName<Events>>(event: Event, args?: EventArguments<Events, Event>): boolean;
  }

  /** Emits `success` or `error`, one of them, once. `await` gives the first success argument, or throws an Error. */
  class Promise<Success extends any[] = any[], Failure extends any[] = any[]>
    extends EventEmitter<{ success: Success; error: Failure }> {
    /** Calls `listener` with the success arguments. */
    addCallback(listener: ((this: this, ...args: Success) => void) | null | undefined): this;
    /** Calls `listener` with the error arguments. */
    addErrback(listener: ((this: this, ...args: Failure) => void) | null | undefined): this;
    /** Settles the promise with success. False when it had settled before. */
    emitSuccess(args?: Success): boolean;
    /** Settles the promise with failure. False when it had settled before. */
    emitError(args?: Failure): boolean;
    /** As of ECMAScript's promises; an error that is no Error becomes one, with its arguments in `args`. */
    then<Value = First<Success>, Other = never>(
      onFulfilled?: ((value: First<Success>) => Value | PromiseLike<Value>) | null,
      onRejected?: ((error: Thrown<Failure[0], Failure>) => Other | PromiseLike<Other>) | null): globalThis.Promise<Value | Other>;
  }
  /** What `await` gives. */
  type First<Values extends any[]> = Values extends [] ? undefined : Values[0];
  /** What `await` throws. */
  type Thrown<Reason, Failure> = Reason extends Error ? Reason : Error & { args: Failure };

  /** Makes `Child` inherit from `Parent`: its prototype chain, `constructor` and `Child.super_`. */
  function inherits(Child: Function, Parent: Function): void;

  // --- The program ---

  /** Writes "DEBUG: ", `x` and a newline to standard error, at once. */
  function debug(x?: unknown): void;
  /** The variables of the environment, as they were at the start: a plain object, whose changes change nothing else. */
  let env: { [name: string]: string | undefined };
  /** Runs onExit of all modules and ends the program; output that is queued is written first. */
  function exit(code?: number): never;
  /** As exit, without onExit. */
  function reallyExit(code?: number): never;
  /** Runs `source` in the global context and returns the value of its last statement. */
  function compile(source: string, filename?: string): any;
  /** Makes text of bytes in UTF-8; what is none becomes U+FFFD. */
  function encodeUtf8(bytes: readonly number[] | Uint8Array | ArrayBuffer): string;
  /** What is behind a module; its members are internal. */
  class Module {
    private constructor();
  }
  /** The content of a URL that begins with http://, as of node.http.cat, else of a file, as of node.fs.cat. */
  function cat(location: string, encoding: TextEncoding): Promise<[content: string], [error: NetworkError | number]>;
  function cat(location: string, encoding: BytesEncoding): Promise<[content: Uint8Array], [error: NetworkError | number]>;
  function cat(location: string, encoding: RawEncoding): Promise<[content: number[]], [error: NetworkError | number]>;
  function cat(location: `http://${string}`): Promise<[content: number[]], [error: NetworkError | number]>;
  function cat(location: string): Promise<[content: string], [error: NetworkError | number]>;
  /** The global setTimeout. */
  const setTimeout: typeof globalThis.setTimeout;

  /** A timer, as setTimeout and setInterval return it. */
  class Timer extends EventEmitter<{ timeout: [] }> {
    /** Emits `timeout` after `after` ms, then each `repeat` ms unless that is 0 or absent. */
    start(after: number, repeat?: number): void;
    stop(): void;
    /** Milliseconds between two events, 0: there will be but one. */
    repeat: number;
  }

  // --- Constants ---

  /** Signals: signal(7). */
  const SIGHUP: number, SIGINT: number, SIGQUIT: number, SIGILL: number, SIGTRAP: number, SIGABRT: number, SIGIOT:
    number, SIGBUS: number, SIGFPE: number, SIGKILL: number, SIGUSR1: number, SIGSEGV: number, SIGUSR2: number,
    SIGPIPE: number, SIGALRM: number, SIGTERM: number, SIGSTKFLT: number, SIGCHLD: number, SIGCLD: number, SIGCONT:
    number, SIGSTOP: number, SIGTSTP: number, SIGTTIN: number, SIGTTOU: number, SIGURG: number, SIGXCPU: number,
    SIGXFSZ: number, SIGVTALRM: number, SIGPROF: number, SIGWINCH: number, SIGIO: number, SIGPOLL: number, SIGPWR:
    number, SIGSYS: number;

  /** Encodings: a character for each byte, UTF-8, integers, Uint8Array. */
  const ASCII: 0, UTF8: 1, RAW: 2, BYTES: 3;

  /** Flags of node.fs.open: open(2). */
  const O_RDONLY: number, O_WRONLY: number, O_RDWR: number, O_CREAT: number, O_EXCL: number, O_NOCTTY: number, O_TRUNC:
    number, O_APPEND: number, O_DIRECTORY: number, O_NOFOLLOW: number, O_NONBLOCK: number, O_SYNC: number;

  /** Kinds of files and permissions: inode(7). */
  const S_IFMT: number, S_IFREG: number, S_IFDIR: number, S_IFLNK: number, S_IFIFO: number, S_IFSOCK: number, S_IFCHR:
    number, S_IFBLK: number, S_IRWXU: number, S_IRUSR: number, S_IWUSR: number, S_IXUSR: number, S_IRWXG: number,
    S_IRGRP: number, S_IWGRP: number, S_IXGRP: number, S_IRWXO: number, S_IROTH: number, S_IWOTH: number, S_IXOTH:
    number;

  /** Descriptors of the standard streams. */
  const STDIN_FILENO: number, STDOUT_FILENO: number, STDERR_FILENO: number;

  /** Numbers of errors: errno(3). */
  const EWOULDBLOCK: number, EDEADLOCK: number, ENOTSUP: number, EPERM: number, ENOENT: number, ESRCH: number, EINTR:
    number, EIO: number, ENXIO: number, E2BIG: number, ENOEXEC: number, EBADF: number, ECHILD: number, EAGAIN:
    number, ENOMEM: number, EACCES: number, EFAULT: number, ENOTBLK: number, EBUSY: number, EEXIST: number, EXDEV:
    number, ENODEV: number, ENOTDIR: number, EISDIR: number, EINVAL: number, ENFILE: number, EMFILE: number, ENOTTY:
    number, ETXTBSY: number, EFBIG: number, ENOSPC: number, ESPIPE: number, EROFS: number, EMLINK: number, EPIPE:
    number, EDOM: number, ERANGE: number, EDEADLK: number, ENAMETOOLONG: number, ENOLCK: number, ENOSYS: number,
    ENOTEMPTY: number, ELOOP: number, ENOMSG: number, EIDRM: number, ECHRNG: number, EL2NSYNC: number, EL3HLT:
    number, EL3RST: number, ELNRNG: number, EUNATCH: number, ENOCSI: number, EL2HLT: number, EBADE: number, EBADR:
    number, EXFULL: number, ENOANO: number, EBADRQC: number, EBADSLT: number, EBFONT: number, ENOSTR: number,
    ENODATA: number, ETIME: number, ENOSR: number, ENONET: number, ENOPKG: number, EREMOTE: number, ENOLINK: number,
    EADV: number, ESRMNT: number, ECOMM: number, EPROTO: number, EMULTIHOP: number, EDOTDOT: number, EBADMSG:
    number, EOVERFLOW: number, ENOTUNIQ: number, EBADFD: number, EREMCHG: number, ELIBACC: number, ELIBBAD: number,
    ELIBSCN: number, ELIBMAX: number, ELIBEXEC: number, EILSEQ: number, ERESTART: number, ESTRPIPE: number, EUSERS:
    number, ENOTSOCK: number, EDESTADDRREQ: number, EMSGSIZE: number, EPROTOTYPE: number, ENOPROTOOPT: number,
    EPROTONOSUPPORT: number, ESOCKTNOSUPPORT: number, EOPNOTSUPP: number, EPFNOSUPPORT: number, EAFNOSUPPORT:
    number, EADDRINUSE: number, EADDRNOTAVAIL: number, ENETDOWN: number, ENETUNREACH: number, ENETRESET: number,
    ECONNABORTED: number, ECONNRESET: number, ENOBUFS: number, EISCONN: number, ENOTCONN: number, ESHUTDOWN: number,
    ETOOMANYREFS: number, ETIMEDOUT: number, ECONNREFUSED: number, EHOSTDOWN: number, EHOSTUNREACH: number,
    EALREADY: number, EINPROGRESS: number, ESTALE: number, EUCLEAN: number, ENOTNAM: number, ENAVAIL: number,
    EISNAM: number, EREMOTEIO: number, EDQUOT: number, ENOMEDIUM: number, EMEDIUMTYPE: number, ECANCELED: number,
    ENOKEY: number, EKEYEXPIRED: number, EKEYREVOKED: number, EKEYREJECTED: number, EOWNERDEAD: number,
    ENOTRECOVERABLE: number, ERFKILL: number, EHWPOISON: number;

  // --- Signals ---

  /** The signals that can be listened to: signal(7). */
  type SignalName = "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2" | "SIGTERM" | "SIGSTKFLT" | "SIGCONT" | "SIGTSTP" |
    "SIGURG" | "SIGXCPU" | "SIGXFSZ" | "SIGVTALRM" | "SIGWINCH" | "SIGIO" | "SIGPWR";
  type SignalListener = (this: Signals, name: SignalName, number: number) => void;
  /** An EventEmitter of nothing else. */
  interface Signals {
    /** From now on `listener` is called when that signal comes, which does nothing else. */
    addListener(name: SignalName, listener: SignalListener | null | undefined): this;
    /** The array of listeners itself: what is done to it takes effect when the turn is over. */
    listeners(name: SignalName): SignalListener[];
    /** Calls the listeners, without a signal. */
    emit(name: SignalName, args?: [name: SignalName, number: number]): boolean;
  }
  /** Emits the signals sent to the program. */
  let signals: Signals;

  // --- Child processes ---

  interface ProcessOptions {
    /** The folder that it starts in; default ours. */
    cwd?: string;
    /** All its variables; default ours. Those that are undefined are left out. */
    env?: { [name: string]: unknown };
    /** Of what it writes; default "utf8". */
    encoding?: EncodingName;
    /** Bytes that may wait for a child which does not read; default 64 MiB. */
    inputLimit?: number;
  }

  interface ProcessEvents<Output> {
    /** What it has written to standard output; null at the end. */
    output: [data: Output | null];
    /** What it has written to standard error; null at the end. */
    error: [data: Output | null];
    /** All that was written is with the child. */
    drain: [];
    /** The end: 0..255, or 128 + the signal that ended it, and that signal. */
    exit: [code: number, signal: number | null];
  }

  /** A child process. `Output`: what it writes, as the encoding has it. */
  class Process<Output = string> extends EventEmitter<ProcessEvents<Output>> {
    /** Its number while it lives. */
    readonly pid: number | null;
    /** After exit: the arguments of that event. */
    exitCode: number | null;
    signal: number | null;
    /** Starts a command by the shell, or a program with its arguments. */
    spawn(command: string | readonly string[], options?: ProcessOptions | null): void;
    /** Writes to its standard input. False: wait for `drain`, or nothing was taken. */
    write(data: Bytes, encoding?: EncodingName): boolean;
    /** Closes its standard input behind what was written. False when it was closed. */
    close(): boolean;
    /** Sends a signal; default node.SIGTERM. */
    kill(signal?: number | string): void;
    /** How `output` and `error` give their data. */
    setEncoding(output: EncodingName, error?: EncodingName): void;
    /** Holds back what the child writes. */
    pause(): void;
    /** Goes on after pause(). */
    resume(): void;
  }

  /** A new process: a command for the shell, or a program with its arguments. */
  function createProcess(
    command: string | readonly string[], options: ProcessOptions & { encoding: BytesEncoding & string }): Process<Uint8Array>;
  function createProcess(
    command: string | readonly string[], options: ProcessOptions & { encoding: RawEncoding & string }): Process<number[]>;
  function createProcess(command: string | readonly string[], options?: ProcessOptions | null): Process<string>;

  /** Names of files as text. */
  namespace path {
    /** Joins parts with one "/" between two of them. */
    function join(...parts: string[]): string;
    /** What is before the last "/". */
    function dirname(path: string): string;
    /** What follows the last "/". */
    function filename(path: string): string;
  }

  // --- Files ---

  namespace fs {
    /** Opens a file. `flags`: node.O_RDONLY ...; `mode`: the permissions of what it makes, default 0o666. open(2). */
    function open(path: string, flags: number, mode?: number): Promise<[fd: number], [error: SystemError]>;
    /** close(2). */
    function close(fd: number): Promise<[], [error: SystemError]>;
    /** Reads up to `length` bytes, from where the file stands or from `position`; null at the end. read(2), pread(2). */
    function read(fd: number, length: number, position: number | null | undefined, encoding: TextEncoding):
      Promise<[data: string | null, bytes: number], [error: SystemError]>;
    function read(fd: number, length: number, position: number | null | undefined, encoding: BytesEncoding):
      Promise<[data: Uint8Array | null, bytes: number], [error: SystemError]>;
    function read(fd: number, length: number, position?: number | null, encoding?: RawEncoding | null):
      Promise<[data: number[] | null, bytes: number], [error: SystemError]>;
    /** Writes all of `data`, strings as UTF-8. write(2), pwrite(2). */
    function write(fd: number, data: Bytes, position?: number | null): Promise<[bytes: number], [error: SystemError]>;
    /** Cuts or lengthens a file, given by its path or descriptor. truncate(2). */
    function truncate(file: string | number, length?: number): Promise<[], [error: SystemError]>;
    /** fsync(2). */
    function fsync(fd: number): Promise<[], [error: SystemError]>;
    /** Reads a whole file, by default as UTF-8. */
    function cat(path: string, encoding?: TextEncoding | null): Promise<[content: string], [error: SystemError]>;
    function cat(path: string, encoding: RawEncoding): Promise<[content: number[]], [error: SystemError]>;
    function cat(path: string, encoding: BytesEncoding): Promise<[content: Uint8Array], [error: SystemError]>;
    /** Copies a regular file. */
    function copy(from: string, to: string): Promise<[bytes: number], [error: SystemError]>;
    /** rename(2). */
    function rename(from: string, to: string): Promise<[], [error: SystemError]>;
    /** Makes `to` a second name of `from`. link(2). */
    function link(from: string, to: string): Promise<[], [error: SystemError]>;
    /** Makes `path` a symbolic link to `target`. symlink(2). */
    function symlink(target: string, path: string): Promise<[], [error: SystemError]>;
    /** unlink(2). */
    function unlink(path: string): Promise<[], [error: SystemError]>;
    /** rmdir(2). */
    function rmdir(path: string): Promise<[], [error: SystemError]>;
    /** The entries of a folder, in the order of their bytes. readdir(3). */
    function readdir(path: string): Promise<[names: string[]], [error: SystemError]>;
    /** The target of a symbolic link. readlink(2). */
    function readlink(path: string): Promise<[target: string], [error: SystemError]>;
    /** An absolute path without links, "." and "..". realpath(3). */
    function realpath(path: string): Promise<[path: string], [error: SystemError]>;
    /** Makes a folder called `prefix` and six random characters. mkdtemp(3). */
    function mkdtemp(prefix: string): Promise<[path: string], [error: SystemError]>;
    /** Makes a folder, with `parents` those above it too. mkdir(2). */
    function mkdir(path: string, mode?: number, parents?: boolean): Promise<[], [error: SystemError]>;
    /** chmod(2). */
    function chmod(path: string, mode: number): Promise<[], [error: SystemError]>;
    /** Sets owner and group; -1: as it is. chown(2). */
    function chown(path: string, uid: number, gid: number): Promise<[], [error: SystemError]>;
    /** Sets when a file was read and changed: Dates, or milliseconds since 1970. utimensat(2). */
    function utimes(path: string, atime: Date | number, mtime: Date | number): Promise<[], [error: SystemError]>;
    /** The status of a file, or of what a link points to. stat(2). */
    function stat(path: string): Promise<[stats: Stats], [error: SystemError]>;
    /** The status of a file, or of a symbolic link itself. lstat(2). */
    function lstat(path: string): Promise<[stats: Stats], [error: SystemError]>;
    /** Whether `path` leads to something. */
    function exists(path: string, callback?: ((exists: boolean) => void) | null): Promise<[exists: boolean], []>;
    /** The text of an error's number. */
    function strerror(errno: number): string;
    /** Watches a file, or a folder with its entries. inotify(7). */
    function watch(path: string, listener?: ((this: Watcher, kind: WatchKind, name: string | null) => void) | null): Watcher;

    /** What stat and lstat give. */
    class Stats {
      private constructor();
      dev: number;
      ino: number;
      mode: number;
      nlink: number;
      uid: number;
      gid: number;
      rdev: number;
      /** Bytes. */
      size: number;
      /** Bytes. */
      blksize: number;
      /** Of 512 bytes. */
      blocks: number;
      atime: Date;
      mtime: Date;
      ctime: Date;
      isFile(): boolean;
      isDirectory(): boolean;
      /** As only lstat tells. */
      isSymbolicLink(): boolean;
    }

    type WatchKind = "made" | "removed" | "written" | "attributes" | "lost";
    /** What watch returns. */
    class Watcher extends EventEmitter<{ change: [kind: WatchKind, name: string | null]; close: [] }> {
      constructor(path: string);
      readonly path: string;
      close(): void;
    }

    type FileMode = "r" | "r+" | "w" | "w+" | "a" | "a+" | "wx" | "wx+";
    interface FileOptions {
      /** Of a file that is open already. */
      fd?: number | null;
      /** Of what is read; default raw. */
      encoding?: Encoding | null;
    }

    /** A file whose actions run one after another. `Content`: what is read, as the encoding has it. */
    interface File<Content = Data> extends EventEmitter<{ error: [error: SystemError] }> {
      /** Null when there is no open file. */
      fd: number | null;
      /** node.UTF8, node.RAW, node.ASCII or node.BYTES. */
      encoding: Encoding;
      /** Opens a file as fopen(3). */
      open(path: string, mode: FileMode): Promise<[fd: number], [error: SystemError]>;
      close(): Promise<[], [error: SystemError]>;
      /** Reads up to `length` bytes; null at the end. */
      read(length: number, position?: number | null): Promise<[data: Content | null], [error: SystemError]>;
      /** Writes all of `data`, at a position, or as of an encoding. */
      write(data: Bytes, where?: number | EncodingName | null): Promise<[bytes: number], [error: SystemError]>;
      /** Writes `data`, whatever is no bytes as a string. */
      print(data: unknown): Promise<[bytes: number], [error: SystemError]>;
      /** Writes `data` as a string, and a newline. */
      puts(data: unknown): Promise<[bytes: number], [error: SystemError]>;
    }
    const File: {
      new (options: FileOptions & { encoding: TextEncoding }): File<string>;
      new (options: FileOptions & { encoding: BytesEncoding }): File<Uint8Array>;
      new (options: FileOptions & { encoding: RawEncoding }): File<number[]>;
      new (options?: FileOptions | null): File;
      (options: FileOptions & { encoding: TextEncoding }): File<string>;
      (options: FileOptions & { encoding: BytesEncoding }): File<Uint8Array>;
      (options: FileOptions & { encoding: RawEncoding }): File<number[]>;
      (options?: FileOptions | null): File;
      readonly prototype: File;
    };
  }

  // --- TCP ---

  namespace tcp {
    type ReadyState = "opening" | "open" | "readOnly" | "writeOnly" | "closed";

    interface ConnectionEvents {
      connect: [];
      /** What has arrived, as of setEncoding. */
      receive: [data: Data];
      /** The peer has closed its half. */
      eof: [];
      /** All that was sent is with the kernel. */
      drain: [];
      /** Nothing has come or gone for a while. */
      timeout: [];
      disconnect: [hadError: boolean];
    }

    /** A connection, over TCP or a unix-domain socket. */
    class Connection<Events extends ConnectionEvents = ConnectionEvents> extends EventEmitter<Events> {
      readonly readyState: ReadyState;
      /** The peer's address, once connected; "" of a unix-domain socket. */
      remoteAddress: string | undefined;
      /** Of what a server has accepted. */
      server: Server | http.Server | undefined;
      /** What went wrong, after disconnect(true). */
      error: NetworkError | undefined;
      /** Connects to a port of a host (default "127.0.0.1"), or to a path with a "/" in it. */
      connect(port: number | string, host?: string | null): void;
      /** False: hold back until `drain`. */
      send(data: Bytes, encoding?: EncodingName): boolean;
      /** How `receive` gives its data; default "raw". Returns the name in force. */
      setEncoding(encoding: EncodingName): string;
      /** Closes our half behind what was sent. */
      close(): void;
      /** Closes both halves behind what was sent. */
      fullClose(): void;
      /** Closes at once; nothing more is emitted. */
      forceClose(): void;
      /** Holds back what the peer sends. */
      pause(): void;
      /** Goes on after pause(). */
      resume(): void;
    }

    interface ServerOptions {
      /** Seconds without traffic until a connection emits `timeout`; default 60, 0: never. */
      timeout?: number;
      /** Bytes queued for a peer that does not read; default 64 MiB. */
      outputLimit?: number;
      /** At most; default a million. */
      connections?: number;
    }

    interface ServerEvents {
      connection: [connection: Connection];
      close: [errno: number];
      drained: [];
    }

    class Server<Events = ServerEvents> extends EventEmitter<Events> {
      constructor(listener?: ((this: Server, connection: Connection) => void) | null, options?: ServerOptions | null);
      /** The port it listens on; undefined when it does not. */
      readonly port: number | undefined;
      /** Listens on a port (0: a free one) or a path, of a host (default any IPv4 address). */
      listen(port: number | string, host?: string | null, backlog?: number): void;
      listen(port: number | string, backlog: number): void;
      /** Stops accepting. */
      close(): void;
    }

    /** A new server; `listener` is added to `connection`. */
    function createServer(listener?: ((this: Server, connection: Connection) => void) | null, options?: ServerOptions | null): Server;
    /** A new connection, on which connect() has been called. */
    function createConnection(port: number | string, host?: string | null): Connection;
  }

  // --- HTTP ---

  namespace http {
    /** Header fields that are given: [name, value] each. */
    type GivenHeaders = readonly (readonly (string | number)[])[];
    /** Header fields that have arrived. */
    type Headers = [name: string, value: string][];

    /** Status code -> reason phrase. */
    const STATUS_CODES: { [status: number]: string };

    /** The parts of a URI, each where it is present. */
    interface Uri {
      source: string;
      protocol?: string;
      authority?: string;
      userInfo?: string;
      user?: string;
      password?: string;
      host?: string;
      port?: string;
      /** Path and query. */
      relative?: string;
      path?: string;
      /** Up to the last "/". */
      directory?: string;
      file?: string;
      query?: string;
      /** The query, decoded. */
      params: { [name: string]: string };
      anchor?: string;
      toString(): string;
    }
    /** Takes a URI apart, without judging. */
    function parseUri(source: string): Uri;

    interface ServerOptions {
      /** Bytes of a request's target; default 16384. */
      targetBytes?: number;
      /** Bytes of a request's head; default 32768. */
      headBytes?: number;
      /** Header fields; default 256. */
      headerCount?: number;
      /** Bytes of a request's body; default 0: any number. */
      bodyBytes?: number;
      /** Seconds for a head; default 20. */
      headTimeout?: number;
      /** Seconds between two pieces of a body; default 30. */
      bodyTimeout?: number;
      /** Seconds between two requests; default 60. */
      idleTimeout?: number;
      /** Seconds without progress in sending; default 30. */
      writeTimeout?: number;
      /** Requests of one connection; default 0: any number. */
      requests?: number;
      /** Requests of one connection that wait for their answers; default 16. */
      pipelineDepth?: number;
      /** Bytes that wait for a client above which sendBody returns false; default 1 MiB. */
      outputPause?: number;
      /** Bytes above which a client that does not read is dropped; default 64 MiB. */
      outputLimit?: number;
      /** At most; default a million. */
      connections?: number;
      /** Whether HTTP/1.1 without Host is refused; default false. */
      requireHost?: boolean;
    }

    interface ServerEvents {
      request: [request: ServerRequest, response: ServerResponse];
      connection: [connection: Connection];
      /** For Upgrade and CONNECT: the connection is one of TCP from then on. */
      upgrade: [request: ServerRequest, connection: tcp.Connection, head: Uint8Array];
      close: [errno: number];
      drained: [];
    }

    type RequestListener = (this: Server, request: ServerRequest, response: ServerResponse) => void;

    class Server extends tcp.Server<ServerEvents> {
      constructor(listener?: RequestListener | null, options?: ServerOptions | null);
    }

    /** A new server; `listener` is added to `request`. */
    function createServer(listener?: RequestListener | null, options?: ServerOptions | null): Server;

    interface ConnectionEvents {
      eof: [];
      disconnect: [hadError: boolean];
      message_begin: [];
      uri: [text: string];
      header_field: [text: string];
      header_value: [text: string];
      headers_complete: [message: { method: string; httpVersion: string; should_keep_alive: boolean }];
      body: [chunk: Data];
      message_complete: [];
    }

    /** What a server's requests come on. */
    class Connection extends EventEmitter<ConnectionEvents> {
      private constructor();
      readonly server: Server;
      readonly remoteAddress: string;
      readonly readyState: tcp.ReadyState;
      /** Takes no further request; the answers owed still go out. */
      close(): void;
      /** As close(), but readyState is "closed" at once. */
      fullClose(): void;
      /** Closes at once; nothing more is emitted. */
      forceClose(): void;
      /** Always throws. */
      send(): never;
    }

    /** A request, as a server gets it. */
    class ServerRequest extends EventEmitter<{ body: [chunk: Data]; complete: [] }> {
      private constructor();
      readonly method: string;
      /** "1.1" or "1.0". */
      readonly httpVersion: string;
      readonly statusCode: null;
      readonly headers: Headers;
      readonly uri: Uri;
      readonly connection: Connection;
      readonly client: Connection;
      /** The value of the first header of that name. */
      header(name: string): string | undefined;
      /** How `body` gives its chunks; default "raw". */
      setBodyEncoding(encoding: EncodingName): void;
      /** Holds back the body. */
      pause(): void;
      /** Goes on after pause(). */
      resume(): void;
    }

    /** What 2009's outgoing messages had besides. */
    interface OutgoingFields {
      /** Whether finish() was called. */
      readonly finished: boolean;
      /** Pieces of the body that have not left yet. */
      readonly output: (string | Uint8Array | ArrayBuffer)[];
      /** Whether the connection ends behind this message. */
      closeOnFinish: boolean;
      should_keep_alive: boolean;
      /** Whether the body is under way in chunks. */
      readonly chunked_encoding: boolean;
      /** Whether a body of unknown length goes out in chunks; default true. */
      use_chunked_encoding_by_default: boolean;
    }

    interface ServerResponse extends OutgoingFields {}
    /** The answer to a request. */
    class ServerResponse extends EventEmitter<{ drain: []; flush: []; sent: []; close: [] }> {
      private constructor();
      readonly connection: Connection;
      /** Begins the answer. */
      sendHeader(status: number, headers?: GivenHeaders | null): void;
      /** Sends a piece of the body. False: hold back until `drain`. */
      sendBody(chunk: Bytes, encoding?: EncodingName): boolean;
      /** Ends the answer. */
      finish(): void;
    }

    interface ClientOptions {
      /** Seconds until the connection stands; default 30. */
      connectTimeout?: number;
      /** Seconds without traffic until a request fails; default 120. */
      timeout?: number;
      /** Bytes of an answer's head; default 32768. */
      headBytes?: number;
      /** Header fields of an answer; default 256. */
      headerCount?: number;
      /** Bytes queued for a server that does not read; default 64 MiB. */
      outputLimit?: number;
    }

    interface ClientEvents extends tcp.ConnectionEvents {
      /** A request has no whole answer. */
      error: [error: NetworkError];
    }

    /** A client, a connection with a queue of requests. */
    class Client extends tcp.Connection<ClientEvents> {
      constructor(port: number | string, host?: string | null, options?: ClientOptions | null);
      port: number | string;
      host: string;
      get(path: string, headers?: GivenHeaders | null): ClientRequest;
      head(path: string, headers?: GivenHeaders | null): ClientRequest;
      post(path: string, headers?: GivenHeaders | null): ClientRequest;
      put(path: string, headers?: GivenHeaders | null): ClientRequest;
      /** DELETE. */
      del(path: string, headers?: GivenHeaders | null): ClientRequest;
      /** As those, with any method but CONNECT: "OPTIONS", "PATCH". */
      request(method: string, path: string, headers?: GivenHeaders | null): ClientRequest;
      /** Changes where to; connects when a request needs it. */
      connect(port: number | string, host?: string | null): void;
      /** Always throws. */
      send(): never;
      /** How the answer under way gives its chunks. */
      setEncoding(encoding: EncodingName): string;
      /** Closes behind the answer under way. */
      close(): void;
      /** As close(). */
      fullClose(): void;
      /** Closes at once; each request emits `error`. */
      forceClose(): void;
      /** Holds back the answer under way. */
      pause(): void;
      /** Goes on after pause(). */
      resume(): void;
    }
    /** A new client of a host (default "127.0.0.1"). */
    function createClient(port: number | string, host?: string | null, options?: ClientOptions | null): Client;

    interface ClientRequestEvents {
      response: [response: ClientResponse];
      error: [error: NetworkError];
      drain: [];
      flush: [];
      sent: [];
    }

    interface ClientRequest extends OutgoingFields {}
    /** A request of a client. */
    class ClientRequest extends EventEmitter<ClientRequestEvents> {
      private constructor();
      readonly method: string;
      readonly client: Client;
      readonly connection: Client;
      /** Sends a piece of the body. False: hold back until `drain`. */
      sendBody(chunk: Bytes, encoding?: EncodingName): boolean;
      /** Ends the request; `listener` is added to `response`. */
      finish(listener?: ((this: ClientRequest, response: ClientResponse) => void) | null): void;
    }

    /** The answer to a client's request. */
    class ClientResponse extends EventEmitter<{ body: [chunk: Data]; complete: []; error: [error: NetworkError] }> {
      private constructor();
      readonly statusCode: number;
      /** "1.1" or "1.0". */
      readonly httpVersion: string;
      readonly headers: Headers;
      readonly client: Client;
      readonly connection: Client;
      readonly uri: "";
      readonly method: null;
      /** The value of the first header of that name. */
      header(name: string): string | undefined;
      /** How `body` gives its chunks; default "raw". */
      setBodyEncoding(encoding: EncodingName): void;
      /** Holds back the answer. */
      pause(): void;
      /** Goes on after pause(). */
      resume(): void;
    }

    /** Fetches the body of an http:// URL. Failure: the status code outside of 200..299, or an Error. */
    function cat(url: string, encoding: TextEncoding & string): Promise<[content: string], [error: NetworkError | number]>;
    function cat(url: string, encoding: BytesEncoding & string): Promise<[content: Uint8Array], [error: NetworkError | number]>;
    function cat(url: string, encoding?: (RawEncoding & string) | null): Promise<[content: number[]], [error: NetworkError | number]>;
  }

  // --- DNS ---

  namespace dns {
    /** An answer: `ttl` in seconds, and the name at the end of the aliases. */
    type Answer<Records> = Promise<[records: Records, ttl: number, cname: string], [code: number, message: string]>;
    interface Mx {
      priority: number;
      exchange: string;
    }
    interface Srv {
      priority: number;
      weight: number;
      port: number;
      name: string;
    }
    interface Soa {
      mname: string;
      rname: string;
      serial: number;
      refresh: number;
      retry: number;
      expire: number;
      minimum: number;
    }
    interface Caa {
      flags: number;
      tag: string;
      value: string;
    }
    interface LookupOptions {
      /** 0: both, the default. */
      family?: 0 | 4 | 6;
      /** Default false. */
      ipv6First?: boolean;
    }
    interface Cache {
      /** Answers that are kept. */
      readonly size: number;
      /** Forgets all answers. */
      clear(): void;
    }

    /** IPv4 addresses. */
    function resolve4(name: string): Answer<string[]>;
    /** IPv6 addresses. */
    function resolve6(name: string): Answer<string[]>;
    function resolveNs(name: string): Answer<string[]>;
    function resolveCname(name: string): Answer<string[]>;
    function resolvePtr(name: string): Answer<string[]>;
    function resolveMx(name: string): Answer<Mx[]>;
    /** Of each record its strings. */
    function resolveTxt(name: string): Answer<string[][]>;
    function resolveSrv(name: string): Answer<Srv[]>;
    function resolveSoa(name: string): Answer<Soa>;
    function resolveCaa(name: string): Answer<Caa[]>;
    /** The names of an address. */
    function reverse(address: string): Answer<string[]>;
    /** The addresses of a host, as connections look them up: /etc/hosts too. */
    function lookup(name: string, options?: LookupOptions | null): Promise<[addresses: string[]], [code: number, message: string]>;
    /** The servers in force: "192.0.2.1:53"; may be set. */
    let servers: string[];
    const cache: Cache;

    /** Codes of failures. */
    const TEMPFAIL: -1, PROTOCOL: -2, NXDOMAIN: -3, NODATA: -4, NOMEM: -5, BADQUERY: -6;

    interface ResolverOptions {
      /** Addresses, each with a port or without. */
      servers?: readonly string[] | null;
      /** Seconds of the first try; default 2. */
      timeout?: number | null;
      /** Rounds through the servers; default 3. */
      attempts?: number | null;
      /** Seconds in all; default 15. */
      total?: number | null;
      /** Begin with another server each time. */
      rotate?: boolean | null;
      /** Never UDP. */
      tcp?: boolean | null;
      /** Bytes of an answer over UDP; default 1232, 0: no EDNS. */
      udpSize?: number | null;
      /** Letters of a question in random case; default true. */
      mixCase?: boolean | null;
      /** Domains for names with fewer dots than `ndots`. */
      search?: readonly string[] | null;
      /** Default 1. */
      ndots?: number | null;
      /** Answers that are kept; default 10000. */
      cache?: number | null;
    }

    /** A resolver of its own: servers, time-outs and cache. Has the functions of node.dns. */
    interface Resolver {
      resolve4(name: string): Answer<string[]>;
      resolve6(name: string): Answer<string[]>;
      resolveNs(name: string): Answer<string[]>;
      resolveCname(name: string): Answer<string[]>;
      resolvePtr(name: string): Answer<string[]>;
      resolveMx(name: string): Answer<Mx[]>;
      resolveTxt(name: string): Answer<string[][]>;
      resolveSrv(name: string): Answer<Srv[]>;
      resolveSoa(name: string): Answer<Soa>;
      resolveCaa(name: string): Answer<Caa[]>;
      reverse(address: string): Answer<string[]>;
      lookup(name: string, options?: LookupOptions | null): Promise<[addresses: string[]], [code: number, message: string]>;
      get servers(): string[];
      set servers(servers: readonly string[] | null | undefined);
      readonly cache: Cache;
    }
    const Resolver: {
      new (options?: ResolverOptions | null): Resolver;
      (options?: ResolverOptions | null): Resolver;
      readonly prototype: Resolver;
    };
  }
}

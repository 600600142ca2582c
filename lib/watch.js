// node.fs.watch: changes of files and folders.

// In the order of file_watch::Kind.
const KINDS = ["made", "removed", "written", "attributes", "lost"];

const { offers, own } = hooks;
const watchers = new own.Map(); // by the number that C++ knows

// What node.fs.watch returns. Emits `change(kind, name)` and, at its end,
// `close()`. Keeps the program alive until then. `new` may be left out.
function Watcher(path) {
  if (!(this instanceof Watcher)) return new Watcher(path);
  hooks.files.pathOf("watch", path);
  if (path.includes("\0")) {
    throw Object.assign(hooks.head.makeError("watch", "EINVAL", JSON.stringify(path) + ": a path cannot hold a NUL"), { path });
  }
  this.path = path;
  try {
    this._number = binding.fileWatch(path);
  } catch (error) {
    error.path = path;
    throw error;
  }
  watchers.set(this._number, this);
}
own.inherits(Watcher, own.EventEmitter);

// Ends it: nothing more is emitted but `close()`. Harmless when it has ended.
Watcher.prototype.close = function close() {
  if (!watchers.delete(this._number)) return;
  binding.fileUnwatch(this._number);
  this.emit("close", []);
};

// Called by C++.
hooks.fileChanged = function fileChanged(number, kind, name) {
  const watcher = watchers.get(number);
  if (watcher === undefined) return;
  watcher.emit("change", [KINDS[kind], name]);
  if (KINDS[kind] === "removed" && name === null) watcher.close();
};

offers.Watcher = Watcher;

// Watches `path`, a file or a folder with its entries (not what is below them).
// `listener` (default: none) is added to `change` of the node.fs.Watcher that is
// returned: change(kind, name), where `name` is that of the entry, or null for
// what is watched itself, and `kind` is
//   "made", "removed": an entry has come or gone, also by a rename; what is
//     watched itself has gone, and the watcher is closed
//   "written": the bytes; "attributes": permissions, times, owner or links
//   "lost": the kernel has dropped events (name is null): look yourself
// An editor that replaces a file gives its name to another one: watch the folder
// to hear of both. Throws an Error as node.fs emits them. inotify(7).
offers.watch = function watch(path, listener) {
  const watcher = new Watcher(path);
  watcher.addListener("change", listener);
  return watcher;
};

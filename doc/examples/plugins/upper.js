// A plugin of plugins.js, and a module for url-module.js: makes letters capital.
exports.filter = (line) => line.toUpperCase();

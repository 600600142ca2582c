// node.http.parseUri: the parts of a request target and of an absolute URL; absent parts are no properties.
// stdout: {"source":"/status?name=ryan","relative":"/status?name=ryan","path":"/status","directory":"/","file":"status","query":"name=ryan","params":{"name":"ryan"}}
// stdout: http u:p u p h 8080 /a/b /a/ b x=1 top
// stdout: [::1] 80
// stdout: //x/y undefined
// stdout: * undefined
// stdout: /a@b:1/p undefined /x?y 81
// stdout: 2 |a b|%zz|ä|own
function all(uri) {
  var found = {};
  for (var name of ["source", "protocol", "relative", "path", "directory", "file", "query", "params", "anchor"]) {
    if (name in uri && uri[name] !== undefined) found[name] = uri[name];
  }
  return JSON.stringify(found);
}
puts(all(node.http.parseUri("/status?name=ryan")));
var u = node.http.parseUri("http://u:p@h:8080/a/b?x=1#top");
puts([u.protocol, u.userInfo, u.user, u.password, u.host, u.port, u.path, u.directory, u.file, u.query, u.anchor].join(" "));
u = node.http.parseUri("http://[::1]:80");
puts(u.host + " " + u.port);
puts(node.http.parseUri("//x/y").path + " " + node.http.parseUri("//x/y").host);
puts(node.http.parseUri("*").path + " " + node.http.parseUri("*").host);
u = node.http.parseUri("/a@b:1/p");
puts([u.path, node.http.parseUri("http://h:1").path, node.http.parseUri("/x?y"),
  node.http.parseUri("http://u:p@h.example:81/a").port].map(String).join(" "));
var q = node.http.parseUri("/?k=1&k=2&empty&plus=a+b&bad=%zz&utf=%C3%A4&=x&__proto__=own").params;
puts([q.k + " " + q.empty, q.plus, q.bad, q.utf, q.__proto__].join("|"));

// A disconnect listener that connects again, where that fails at once, leaves others their turn.
// stdout: timer, tried again
var tries = 0, client = new node.tcp.Connection();
client.addListener("disconnect", function (error) { tries++; client.connect("/no/such/socket"); });
client.connect("/no/such/socket");
setTimeout(function () { puts("timer, " + (tries > 1 ? "tried again" : tries)); node.exit(0); }, 20);

/* The least a static program can cost: the floor of bench/startup. */
int main(void) { return 0; }

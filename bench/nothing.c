// The cost of any program: it starts and ends.
int main(void) { return 0; }

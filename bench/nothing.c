// What any program takes: started, ended.
int main(void) { return 0; }

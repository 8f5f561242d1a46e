#include "processor/app.h"

int main(int argc, char** argv) { return tallymill::processor::run_app(argc, argv); }

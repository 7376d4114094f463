#!/bin/sh
# The classic wrapper: PID 1 is this shell, the program is its child. SIGTERM goes to PID 1, which has no handler for it and passes nothing on,
# so the program, which would stop well, never hears of it.
echo "starting"
/app/graceful
echo "the program ended with $?"

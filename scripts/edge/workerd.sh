#!/bin/sh
# Runs workerd, and ends it when the process that started it is gone, however it went: an orphan would go on serving the
# port, and writing to the data. That process keeps the pipe open for as long as it lives.
(cat "$WORKERD_PIPE" && kill -9 $$) </dev/null >/dev/null 2>&1 3>&- &
# Ctrl-C is for that process alone.
trap '' INT
exec "$WORKERD" "$@"

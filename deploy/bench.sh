#!/bin/sh
# Compares exactlogin-serve with nginx and its brotli_static on this machine, in one run: the same files, the same headers.
# A measurement, never a test: make bench-server. SECONDS_EACH and ROUNDS lengthen it.
set -eu
cd "$(dirname "$0")/.."
each=${SECONDS_EACH:-4}
rounds=${ROUNDS:-3}
dir=$(mktemp -d)
chmod 755 "$dir" # nginx has a user of its own
ours= theirs=
stop() {
	[ -z "$ours" ] || kill "$ours" 2>/dev/null || :
	[ -z "$theirs" ] || kill "$theirs" 2>/dev/null || :
	wait 2>/dev/null || :
	rm -rf "$dir"
}
trap stop EXIT INT TERM

.build/exactlogin-serve export -api sandbox "$dir/export" >/dev/null
module=/usr/lib/nginx/modules/ngx_http_brotli_static_module.so
{
	[ ! -e "$module" ] || echo "load_module $module;"
	cat <<-CONF
		daemon off;
		pid $dir/nginx.pid;
		error_log $dir/error.log;
		worker_processes auto;
		events { worker_connections 1024; }
		http {
		access_log off;
		sendfile on;
		tcp_nopush on;
		keepalive_requests 1000000;
		map_hash_bucket_size 512;
	CONF
	sed -e "s|listen 80;|listen 127.0.0.1:18090;|" -e "s|root /srv/exactlogin/site;|root $dir/export/site;|" \
		-e "s|# brotli_static on;.*|brotli_static on;|" "$dir/export/nginx.conf"
	echo "}"
} >"$dir/nginx.conf"
nginx -e "$dir/error.log" -c "$dir/nginx.conf" &
theirs=$!
.build/exactlogin-serve -addr 127.0.0.1:18091 -api sandbox >/dev/null &
ours=$!
for port in 18090 18091; do
	curl -sf --retry 50 --retry-connrefused --retry-delay 1 -o "$dir/$port" -H 'Accept-Encoding: br' "http://127.0.0.1:$port/web/dist/login.wasm"
done
cmp "$dir/18090" "$dir/18091" # the same bytes, or the comparison means nothing

measure() { wrk -t1 -c32 -d"${each}s" -H 'Accept-Encoding: br' "http://127.0.0.1:$1$2" | sed -n 's/^Requests\/sec: *//p'; }
printf '%-28s %10s %10s %6s\n' "requests per second" nginx ours ratio
for path in /web/dist/login.wasm /web/dist/exactlogin.js /web/dist/worker.js; do
	i=0
	while [ $i -lt "$rounds" ]; do
		n=$(measure 18090 "$path")
		o=$(measure 18091 "$path")
		echo "$path $n $o" | awk '{ printf "%-28s %10.0f %10.0f %6.2f\n", $1, $2, $3, $3 / $2 }'
		i=$((i + 1))
	done
done

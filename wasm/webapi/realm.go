//go:build js && wasm

package webapi

import (
	"exactlogin/wasm/client"
	"exactlogin/wasm/exact"
)

// Environment is the client's Realm.
var _ client.Realm = (*Environment)(nil)

// Wall implements client.Realm.
func (e *Environment) Wall() int64 { return e.number("wall") }

// Monotonic implements client.Realm.
func (e *Environment) Monotonic() int64 { return e.number("monotonic") }

// Online implements client.Realm.
func (e *Environment) Online() bool { return e.call("online").Equal(yes) }

// Send implements client.Realm.
func (e *Environment) Send(id int64, r client.Request) { e.call("send", id, exportRequest(r)) }

// Abort implements client.Realm.
func (e *Environment) Abort(id int64) { e.call("abort", id) }

// Keep implements client.Realm.
func (e *Environment) Keep(secret int64) { e.call("keep", secret) }

// Wake implements client.Realm.
func (e *Environment) Wake(ms int64) { e.call("wake", ms) }

// Publish implements client.Realm.
func (e *Environment) Publish(connection int64, s client.Snapshot, event string) {
	var exported any
	if event != "" {
		exported = map[string]any{"type": event}
	}
	e.call("publish", connection, exportSnapshot(s), exported)
}

// Settle implements client.Realm.
func (e *Environment) Settle(call int64, s client.Snapshot, err *exact.Error) {
	if err != nil {
		e.call("settle", call, map[string]any{"ok": false, "error": exportError(err)})
		return
	}
	e.call("settle", call, map[string]any{"ok": true, "snapshot": exportSnapshot(s)})
}

func (e *Environment) number(name string) int64 {
	f, err := e.call(name).Float()
	if err != nil {
		return 0
	}
	return client.Whole(f)
}

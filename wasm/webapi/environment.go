//go:build js && wasm

package webapi

import (
	"errors"

	"github.com/hack-pad/safejs"
)

// RealmName is the one name that the host adds to the scope in which the
// program starts.
const RealmName = "exactlogin"

// Environment is the host's side of the border.
type Environment struct {
	realm   safejs.Value
	keys    safejs.Value // Object.keys
	isArray safejs.Value // Array.isArray
}

var yes = must(safejs.ValueOf(true))

// Open finds the host. It must be called once, when the program starts.
func Open() (*Environment, error) {
	global := safejs.Global()
	realm, err := global.Get(RealmName)
	if err != nil || realm.Type() != safejs.TypeObject {
		return nil, errors.New("exactlogin: this program must be started by its host script, host.js")
	}
	e := &Environment{realm: realm}
	if e.keys, err = static(global, "Object", "keys"); err != nil {
		return nil, err
	}
	if e.isArray, err = static(global, "Array", "isArray"); err != nil {
		return nil, err
	}
	return e, nil
}

func static(global safejs.Value, class, method string) (safejs.Value, error) {
	constructor, err := global.Get(class)
	if err != nil {
		return safejs.Value{}, err
	}
	return constructor.Get(method)
}

// call calls a function of the host's. By contract none throws; if one does,
// this program's and the host's ideas of the session differ, and a new program
// is the way out.
func (e *Environment) call(name string, args ...any) safejs.Value {
	return must(e.realm.Call(name, args...))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic("exactlogin: the host broke its contract")
	}
	return value
}

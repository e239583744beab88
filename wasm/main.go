//go:build js && wasm

// Command wasm is the program that holds a session: it is started by the host
// script (web/src/host.ts) in a worker, or in the page with page isolation,
// hands its functions to the host by realm.ready(program), and answers them
// until its realm goes away. It never exits; if it does, that is a defect, and
// the host starts a new one.
package main

import (
	"exactlogin/wasm/client"
	"exactlogin/wasm/webapi"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	environment, err := webapi.Open()
	if err != nil {
		panic(err)
	}
	if err := environment.Serve(version, client.New(environment)); err != nil {
		panic(err)
	}
	select {}
}

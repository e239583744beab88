// Command app is the console behind the hosted login page, a go-app program for the browser. `go run ./app/build` compiles
// it and renders the page around it; run natively it does nothing.
//
// It never refers to go-app's HTTP handler, so that the linker leaves the server out: 1 MB less after compression.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"exactlogin/app/ui"
)

func main() {
	app.Route("/", ui.New)
	app.RunWhenOnBrowser()
}

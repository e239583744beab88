//go:build js && wasm

package webapi

import (
	"github.com/hack-pad/safejs"

	"exactlogin/wasm/client"
)

// Serve hands the program to the host, which may call it from then on. The
// functions live as long as the program, so none is ever released. Each
// answers in the call itself, without a goroutine: pass and observed are on
// every request's way.
func (e *Environment) Serve(version string, c *client.Client) error {
	program := map[string]any{"version": version}
	functions := map[string]func(args arguments) any{
		"connect": func(a arguments) any {
			return exportProblem(c.Connect(a.number(0), e.Import(a.at(1))))
		},
		"disconnect": func(a arguments) any { c.Disconnect(a.number(0)); return nil },
		"login": func(a arguments) any {
			c.Login(a.number(0), a.number(1), a.text(2), a.number(3))
			return nil
		},
		"logout": func(a arguments) any { c.Logout(a.number(0), a.number(1)); return nil },
		"extend": func(a arguments) any { c.Extend(a.number(0), a.number(1)); return nil },
		"cancel": func(a arguments) any { c.Cancel(a.number(0)); return nil },
		"answered": func(a arguments) any {
			c.Answered(a.number(0), client.ReadAnswer(e.Import(a.at(1))))
			return nil
		},
		"pass": func(a arguments) any {
			return exportPass(c.Pass(a.text(0), a.text(1), a.truth(2)))
		},
		"observed": func(a arguments) any {
			c.Observed(a.number(0), a.number(1), a.number(2), int(a.number(3)), a.truth(4))
			return nil
		},
		"present": func(a arguments) any { c.Present(a.number(0)); return nil },
		"look":    func(arguments) any { c.Look(); return nil },
		"snapshot": func(a arguments) any {
			return exportSnapshot(c.Snapshot(a.number(0)))
		},
		"end": func(a arguments) any { c.End(a.text(0)); return nil },
	}
	for name, function := range functions {
		exported, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
			return function(args)
		})
		if err != nil {
			return err
		}
		program[name] = exported
	}
	_, err := e.realm.Call("ready", program)
	return err
}

// arguments are what JavaScript passed: any number, of any type.
type arguments []safejs.Value

func (a arguments) at(i int) safejs.Value {
	if i < len(a) {
		return a[i]
	}
	return safejs.Undefined()
}

// number is 0 for what is no number, which names no connection, call or secret.
func (a arguments) number(i int) int64 {
	if typeOf(a.at(i)) != safejs.TypeNumber {
		return 0
	}
	f, _ := a.at(i).Float()
	return client.Whole(f)
}

// text is "" for what is no string.
func (a arguments) text(i int) string {
	if typeOf(a.at(i)) != safejs.TypeString {
		return ""
	}
	s, _ := a.at(i).String()
	return s
}

func (a arguments) truth(i int) bool { return a.at(i).Equal(yes) }

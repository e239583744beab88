package client

import "testing"

// Whatever pages, servers and clocks do, in any order: nothing panics, each
// call is settled exactly once, a token goes out only while its session lives,
// and only to where it may.
func FuzzClient(f *testing.F) {
	f.Add([]byte{0, 1, 8, 2, 40, 3, 7, 3, 50, 4, 60, 5})
	f.Add([]byte{0, 16, 1, 17, 8, 2, 24, 9, 6, 200, 7, 7, 10, 11, 12, 13, 14, 15})
	f.Fuzz(func(t *testing.T, steps []byte) {
		r := newRig(t)
		var calls []int64
		var passes []Pass
		call := func() int64 {
			calls = append(calls, int64(len(calls)+1))
			return int64(len(calls))
		}
		statuses := []int{0, 200, 201, 304, 400, 401, 403, 500}
		for _, b := range steps[:min(len(steps), 400)] {
			n := int64(b >> 4)
			connection := n%3 + 1
			switch b & 15 {
			case 0:
				r.Connect(connection, options(
					with("keepAlive", asTemplate("PUT", "/account/{account}")), with("verify", asTemplate("", "/status")),
					with("revoke", asTemplate("DELETE", "/token")), with("idleAfter", float64(n*minute)),
					with("warnBefore", float64(n*minute)), with("expiry", []string{"sliding", "fixed"}[n%2])))
			case 1:
				r.Login(call(), connection, "demo@exactlogin.test", 1)
			case 2:
				if len(r.order) > 0 {
					r.accept(r.order[len(r.order)-1-int(n)%len(r.order)], []string{"ann", "bob", ""}[n%3])
				}
			case 3:
				if len(r.order) > 0 {
					r.Answered(r.order[len(r.order)-1-int(n/8)%len(r.order)], Answer{Status: statuses[n%8]})
				}
			case 4:
				r.Logout(call(), connection)
			case 5:
				r.Extend(call(), connection)
			case 6:
				r.elapse(n * n * 10 * second)
			case 7:
				r.date += n * hour / 4
			case 8:
				passes = append(passes, r.Pass(api, "GET", n%2 == 0))
			case 9:
				if len(passes) > 0 {
					p := passes[len(passes)-1-int(n/8)%len(passes)]
					r.Observed(p.Epoch, p.Secret, p.Start, statuses[n%8], true)
				}
			case 10:
				r.Disconnect(connection)
			case 11:
				r.Cancel(n)
			case 12:
				r.Present(connection)
			case 13:
				r.End([]string{"updated", "last-tab-closed", "logout", ""}[n%4])
			case 14:
				r.Snapshot(connection)
			case 15:
				r.date -= n * hour
			}
			p := r.Pass(api, "GET", false)
			if p.Secret != 0 && p.Secret != r.kept {
				t.Fatalf("a request goes out with token %d, and the session's is %d", p.Secret, r.kept)
			}
			if (p.Secret != 0) != (p.Refuse == "") {
				t.Fatalf("neither sent nor refused: %+v", p)
			}
			if bad := r.Pass(foreign, "GET", false); bad.Secret != 0 {
				t.Fatalf("a foreign origin gets a token: %+v", bad)
			}
			state := r.Snapshot(1).State
			if live := state == "active" || state == "expiring"; live != (p.Secret != 0) {
				t.Fatalf("%s, and the pass is %+v", state, p)
			}
			for c := int64(1); c <= 3; c++ {
				if last := r.last(c); last != nil && r.page(c) != nil && last.snapshot.State != r.Snapshot(c).State {
					t.Fatalf("page %d was told %s, and it is %s", c, last.snapshot.State, r.Snapshot(c).State)
				}
			}
		}
		for _, id := range append([]int64{}, r.order...) {
			r.Answered(id, Answer{Failure: "timeout"})
		}
		for _, c := range calls {
			if r.code(c) == "pending" {
				t.Errorf("call %d was never settled", c)
			}
		}
	})
}

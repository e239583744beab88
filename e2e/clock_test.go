package e2e

import "time"

// advance moves the realm's clocks on, Date and performance.now alike: what runs there lives in that later time, while
// its timers keep the true one. The session's program reads no other clock. In worker isolation the realm is the worker.
func (r *realm) advance(by time.Duration) {
	r.b.t.Helper()
	r.do(`
		const clock = globalThis.__clock ??= (() => {
			const wall = Date.now.bind(Date), monotonic = performance.now.bind(performance);
			const clock = { ahead: 0 };
			Date.now = () => wall() + clock.ahead;
			performance.now = () => monotonic() + clock.ahead;
			return clock;
		})();
		clock.ahead += args[0];`, by.Milliseconds())
}

// wake tells a page that it came to the front, one of the signals at which the session is looked at again.
func (r *realm) wake() {
	r.b.t.Helper()
	r.do(`document.dispatchEvent(new Event("visibilitychange"));`)
}

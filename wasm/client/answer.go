package client

// ReadAnswer reads an answer from what the host passed, decoded. Nothing in it
// is trusted to have the type it should.
func ReadAnswer(value any) Answer {
	object, _ := value.(map[string]any)
	if ok, _ := object["ok"].(bool); !ok {
		kind := text(object, "kind")
		if kind != "timeout" && kind != "aborted" {
			kind = "network"
		}
		offline, _ := object["offline"].(bool)
		return Answer{Failure: kind, Offline: offline}
	}
	return Answer{
		Status:     int(min(max(number(object, "status"), 1), 999)),
		Date:       number(object, "date"),
		RetryAfter: text(object, "retryAfter"),
		Secret:     number(object, "secret"),
		JSON:       object["json"],
	}
}

func text(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}

func number(object map[string]any, name string) int64 {
	f, _ := object[name].(float64)
	return Whole(f)
}

// maxWhole is Number.MAX_SAFE_INTEGER.
const maxWhole = 1<<53 - 1

// Whole turns a JavaScript number into an integer: NaN is 0, and what no
// integer can be exact about is cut to what can.
func Whole(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= maxWhole:
		return maxWhole
	case f <= -maxWhole:
		return -maxWhole
	}
	return int64(f)
}

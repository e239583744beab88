package exact

// Code names what went wrong; pages switch on it. The list is the one in
// exactlogin.d.ts, as far as the program can meet the code.
type Code string

// What a person or a server can do about each is in its message.
const (
	InvalidOption      Code = "invalid-option"
	AlreadyConfigured  Code = "already-configured"
	InProgress         Code = "in-progress"
	Aborted            Code = "aborted" // the host turns it into the caller's own reason
	InvalidRequest     Code = "invalid-request"
	InvalidCredentials Code = "invalid-credentials"
	PasswordExpired    Code = "password-expired"
	Locked             Code = "locked"
	RateLimited        Code = "rate-limited"
	Unavailable        Code = "unavailable"
	Network            Code = "network"
	MalformedResponse  Code = "malformed-response"
	Timeout            Code = "timeout"
	SignedOut          Code = "signed-out"
	SessionExpired     Code = "session-expired"
	UserChanged        Code = "user-changed"
	Idle               Code = "idle"
	ExtendUnavailable  Code = "extend-unavailable"
	Forbidden          Code = "forbidden-destination"
	Disposed           Code = "disposed"
)

// Error is a failure as a page is told of it. It holds nothing secret and
// nothing of a body but a 400's issues.
type Error struct {
	Code       Code
	Phase      string // "login", "logout", "extend", "fetch", "connect"
	Message    string // says what to do next
	Retryable  bool   // the same call may succeed later, unchanged
	Status     int    // 0 if there was no answer
	RetryAfter int64  // ms, -1 unknown
	Offline    bool   // the browser knew of no connection
	Issues     []Issue
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Fail makes the error for a code that needs no further details.
func Fail(phase string, code Code) *Error {
	return &Error{
		Code:       code,
		Phase:      phase,
		Message:    messages[code],
		Retryable:  code == InProgress || code == RateLimited || code == Unavailable || code == Network || code == Timeout,
		RetryAfter: -1,
	}
}

// messages are what people read. One text serves 401 and 404: told apart they
// would reveal which accounts exist.
var messages = map[Code]string{
	InProgress:         "A sign-in is already under way. Wait for it to finish.",
	Aborted:            "The sign-in was cancelled.",
	InvalidRequest:     "Exact Payments did not accept the form of the request. Check the e-mail address and the password.",
	InvalidCredentials: "The e-mail address or the password is not right, or has no access here. Check both; if you were invited, accept the invitation first.",
	PasswordExpired:    "The password has expired. Set a new one at Exact Payments, then sign in with it.",
	Locked:             "This sign-in is locked, after too many failed attempts or by a manager. Ask a manager of your account to unlock it.",
	RateLimited:        "Too many attempts. Wait a little, then try again.",
	Unavailable:        "Exact Payments is not available at the moment. Try again in a few minutes.",
	Network:            "Exact Payments could not be reached. Check the connection and try again; if it persists, check that this page's origin is registered with Exact.",
	MalformedResponse:  "The answer could not be understood. Check that the configured address is that of Exact's API.",
	Timeout:            "Exact Payments did not answer in time. Check the connection and try again.",
	SignedOut:          "Nobody is signed in. Sign in first.",
	SessionExpired:     "The session has expired. Sign in again.",
	UserChanged:        "Another person has signed in. Ask again for what is shown.",
	Idle:               "The person has been idle for too long for work in the background. Go on when they are back.",
	ExtendUnavailable:  "The session cannot be extended by request: no keepAlive is configured, or it does not fit this session.",
	Disposed:           "This client has been disposed of. Create a new one.",
	Forbidden:          "The session's token is not sent to that address. List its origin in allow if it should be.",
}

// offlineMessage replaces Network's where the browser knows the cause.
const offlineMessage = "There is no connection. Go online and try again."

// Unreached makes the error for a request that got no answer.
func Unreached(phase string, timeout, offline bool) *Error {
	if timeout {
		e := Fail(phase, Timeout)
		e.Offline = offline
		return e
	}
	e := Fail(phase, Network)
	if offline {
		e.Message = offlineMessage
		e.Offline = true
	}
	return e
}

// Refused makes the error for an answer that is not a success. The status
// alone decides: most of Exact's error bodies are plain text. body is read for
// a 400's issues; retryAfter is the header, now the time it counts from.
func Refused(phase string, status int, body any, retryAfter string, now int64) *Error {
	e := Fail(phase, codeOf(status))
	e.Status = status
	if e.Code == InvalidRequest {
		e.Issues = ReadIssues(body)
	}
	if e.Retryable {
		e.RetryAfter = RetryAfter(retryAfter, now)
	}
	return e
}

func codeOf(status int) Code {
	switch {
	case status == 401 || status == 404:
		return InvalidCredentials
	case status == 403:
		return PasswordExpired
	case status == 423:
		return Locked
	case status == 429:
		return RateLimited
	case status == 408 || status >= 500 && status <= 599:
		return Unavailable
	case status >= 400 && status <= 499:
		return InvalidRequest
	}
	return MalformedResponse // a success without a token, or no HTTP status at all
}

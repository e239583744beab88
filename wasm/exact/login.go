package exact

// TokenPath is where user tokens are created: POST /token.
const TokenPath = "/token"

// maxEmail is far more than the 254 octets that RFC 5321 leaves an address;
// whatever is longer is a mistake that need not travel.
const maxEmail = 1000

// Login is what is sent to create a user token, the password excepted: the
// host adds it, so that it is never in this program's memory.
type Login struct {
	Email       string
	Application string // a slug; "" lets Exact detect it from the request's Origin
	Mode        string // "test", "live" or "" (Exact's default)
}

// Body returns the JSON object with the documented keys and no other: Exact
// lists unrecognized_keys among its error codes.
func (l Login) Body() string {
	dst := appendMember([]byte{'{'}, "email", l.Email)
	if l.Application != "" {
		dst = appendMember(dst, "application", l.Application)
	}
	if l.Mode != "" {
		dst = appendMember(dst, "mode", l.Mode)
	}
	return string(append(dst, '}'))
}

// Check refuses what no server needs to see. It does not judge the form of an
// address: Exact does.
func (l Login) Check() *Error {
	message := ""
	switch {
	case l.Email == "":
		message = "Enter your e-mail address."
	case len(l.Email) > maxEmail:
		message = "That e-mail address is too long. Check it and try again."
	default:
		return nil
	}
	e := Fail("login", InvalidRequest)
	e.Message = message
	return e
}

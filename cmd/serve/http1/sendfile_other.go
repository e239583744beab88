//go:build !linux

package http1

import (
	"errors"
	"net"
	"os"
)

func sendFile(*net.TCPConn, *os.File, int64) error { return errors.ErrUnsupported }

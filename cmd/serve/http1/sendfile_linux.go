package http1

import (
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
)

// sendFile sends the first size bytes of a file. The file has no position that
// connections would share, as it would with io.Copy.
func sendFile(conn *net.TCPConn, f *os.File, size int64) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	source, sent := int(f.Fd()), int64(0)
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		for sent < size {
			n, err := syscall.Sendfile(int(fd), source, &sent, int(min(size-sent, 1<<30)))
			switch {
			case err == syscall.EINTR:
			case err == syscall.EAGAIN:
				return false // until there is room again, or the deadline
			case err != nil:
				failed = err
				return true
			case n == 0:
				failed = io.ErrUnexpectedEOF
				return true
			}
		}
		return true
	})
	runtime.KeepAlive(f)
	if err != nil {
		return err
	}
	return failed
}

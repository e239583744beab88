package static

import (
	"os"

	"golang.org/x/sys/unix"
)

// share puts content into a file in memory, from where the kernel can send it
// without a copy. nil where that cannot be.
func share(content []byte) *os.File {
	fd, err := unix.MemfdCreate("exactlogin", unix.MFD_CLOEXEC)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), "exactlogin")
	if _, err := f.Write(content); err != nil {
		f.Close()
		return nil
	}
	return f
}

package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl/cmd/command"
)

// TestMain: under the name java, the process is a TLC that has begun and does not end.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "java" {
		fmt.Println("@!@!@STARTMSG 2110:1 @!@!@\nInvariant LiveWithinCharge is violated.\n@!@!@ENDMSG 2110 @!@!@")
		fmt.Println("Progress(3) at once")
		select {}
	}
	os.Exit(m.Run())
}

// fakeTLC has TLC and java found that TestMain is.
func fakeTLC(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	jar, err := os.Create(filepath.Join(dir, "jar"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(jar)
	_, err = w.Create("tlc2/TLC.class")
	self, err2 := os.Executable()
	err = errors.Join(err, w.Close(), jar.Close(), err2, os.Symlink(self, filepath.Join(dir, "java")))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TLA2TOOLS_JAR", jar.Name())
	t.Setenv("PATH", dir)
}

// onWrite calls itself at the first line that has the word.
type onWrite struct {
	word string
	call func()
}

func (w onWrite) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.word) {
		w.call()
	}
	return len(b), nil
}

// TestInterrupt: a case that is interrupted has no result, although TLC has written of a violation.
func TestInterrupt(t *testing.T) {
	fakeTLC(t)
	for _, args := range []string{"HAProxy-LiveWithinCharge", "-json HAProxy-LiveWithinCharge"} {
		ctx, cancel := context.WithCancel(t.Context())
		var stdout strings.Builder
		err := run(ctx, strings.Fields(args), &stdout, onWrite{"Progress", cancel})
		if !errors.Is(err, context.Canceled) || stdout.Len() > 0 || strings.Contains(fmt.Sprint(err), "timed out") {
			t.Errorf("%s: %v, and it prints %q; want that it was cancelled, and no result", args, err, &stdout)
		}
	}
}

// TestWrongArguments: no mistyped name has the status of a claim that fell.
func TestWrongArguments(t *testing.T) {
	for args, why := range map[string]string{
		"haproxy-livewithincharge": `no case "haproxy-livewithincharge": the nearest of `,
		"":                         "exit status 2",
		"HAProxy-Inv AddUndo-Inv":  "exit status 2",
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.HasPrefix(err.Error(), why) || stdout.Len() > 0 {
			t.Errorf("%q: %v, stdout %q; want wrong usage, %q", args, err, &stdout, why)
		}
	}
}

// TestNoJar: what is no jar is said in one line, and nothing is judged.
func TestNoJar(t *testing.T) {
	t.Setenv("TLA2TOOLS_JAR", "main_test.go")
	var stdout, stderr strings.Builder
	err := run(t.Context(), []string{"HAProxy-LiveWithinCharge"}, &stdout, &stderr)
	const want = "TLA2TOOLS_JAR=main_test.go: zip: not a valid zip file"
	if err == nil || err.Error() != want || stdout.Len() > 0 || stderr.Len() > 0 {
		t.Errorf("%v, stdout %q, stderr %q; want %q alone", err, &stdout, &stderr, want)
	}
}

package tla

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
)

func TestDownload(t *testing.T) {
	const content = "the jar"
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/good":
			fmt.Fprint(w, content)
		case "/bad":
			fmt.Fprint(w, "another jar")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "cache", "a.jar")

	for _, path := range []string{"/bad", "/missing"} {
		if err := download(t.Context(), srv.URL+path, file, sum); err == nil {
			t.Errorf("download of %s = nil, want an error", path)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
			t.Errorf("download of %s left %v", path, left)
		}
	}
	for range 2 { // the second finds the first's
		if err := download(t.Context(), srv.URL+"/good", file, sum); err != nil {
			t.Errorf("download = %v, want nil", err)
		}
	}
	if asked != 3 {
		t.Errorf("asked the server %d times, want 3", asked)
	}
	if err := os.WriteFile(file, []byte("spoiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := download(t.Context(), srv.URL+"/good", file, sum)
	if err == nil || !strings.Contains(err.Error(), "is not tla2tools") {
		t.Errorf("a spoiled cached copy: %v, want it refused", err)
	}
}

// emptyCache makes a new folder the user's cache directory.
func emptyCache(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, dir)
	}
	return dir
}

// A download that fails says so in one line.
func TestDownloadFails(t *testing.T) {
	emptyCache(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Download(ctx)
	if err == nil || !strings.HasPrefix(err.Error(), "cannot download tla2tools 1.7.4") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("Download without a network = %v, want one line that says it", err)
	}
}

// A cached copy is proven each time it is used, and a jar that is named must have TLC in it. What
// is wrong with it is one line, and is no missing tool: a test that needs TLC must not be skipped.
func TestFindTLC(t *testing.T) {
	dir := emptyCache(t)
	t.Setenv("TLA2TOOLS_JAR", "")
	if _, err := FindTLC(); err != ErrNoTLC {
		t.Errorf("FindTLC with an empty cache = %v, want ErrNoTLC", err)
	}
	jar, err := cachedJar()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(jar), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(jar, []byte("spoiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := FindTLC(); err == nil || !strings.Contains(err.Error(), "is not tla2tools") {
		t.Errorf("FindTLC with a spoiled cache = %v, want it refused", err)
	}
	t.Setenv("PATH", dir) // without a java
	for _, tt := range []struct{ name, file, why string }{
		{"none", "", "no such file"},
		{"text", "a text", "not a valid zip file"},
		{"zip", zipped(t, "META-INF/MANIFEST.MF"), "tlc2/TLC.class: file does not exist"},
		{"jar", zipped(t, "tlc2/TLC.class"), ErrNoJava.Error()},
	} {
		jar := filepath.Join(dir, tt.name)
		if tt.file != "" {
			if err := os.WriteFile(jar, []byte(tt.file), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("TLA2TOOLS_JAR", jar)
		_, err := FindTLC()
		tool := missing.Tool("")
		if err == nil || !strings.Contains(err.Error(), tt.why) || strings.Contains(err.Error(), "\n") {
			t.Errorf("FindTLC with TLA2TOOLS_JAR=%s: %v, want one line with %q", tt.name, err, tt.why)
		} else if errors.As(err, &tool) != (tt.name == "jar") {
			t.Errorf("FindTLC with TLA2TOOLS_JAR=%s: %v: the missing tool is %q", tt.name, err, tool)
		}
	}
}

// zipped is a zip file with an empty file of that name.
func zipped(t *testing.T, name string) string {
	t.Helper()
	var b strings.Builder
	w := zip.NewWriter(&b)
	_, err := w.Create(name)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

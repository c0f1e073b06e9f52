package linearizability

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/anishathalye/porcupine"
)

// Draw writes a picture of the history to the HTML file path, with the order that explains it, or
// with the longest parts of it that can be explained. Lanes of their own show when a limit moved,
// when children were drained and when backends failed. The command is shown above it.
func Draw(h History, path, command string) error {
	_, info := porcupine.CheckOperationsVerbose(h.Model(), h.steps(), timeout)
	info.AddAnnotations(h.annotations())
	var page bytes.Buffer
	if err := porcupine.Visualize(h.Model(), info, &page); err != nil {
		return err
	}
	const body = "<body>"
	shown := fmt.Sprintf(body+"\n<pre style=\"margin-top: 45px; white-space: pre-wrap\">%s</pre>", html.EscapeString(command))
	return os.WriteFile(path, bytes.Replace(page.Bytes(), []byte(body), []byte(shown), 1), 0o666)
}

// commandOf returns the command that runs the test of that name again, and rest behind it.
func commandOf(name, rest string) string {
	pkg := "./..."
	if info, ok := debug.ReadBuildInfo(); ok {
		pkg = strings.TrimSuffix(info.Path, ".test")
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	pattern := strings.ReplaceAll(strings.Join(parts, "/"), "'", `'\''`)
	return fmt.Sprintf("go test %s -count 1 -run '%s' %s", pkg, pattern, rest)
}

// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

func processors() int { return runtime.NumCPU() }

// results are what a run found.
type results struct {
	machine     string
	certificate int // bytes

	flows, curl           []flow
	loads, rates, threads []row
	starts                []starts
	held                  []claim
}

type flow struct {
	name string
	errand
}

type row struct {
	name string
	m    map[string]float64
}

// starts are those of a browser, in nanoseconds by state, round by round.
type starts struct {
	name         string
	took, inside map[string][]float64
}

// added returns what a state adds to a start without the module, round by round.
func (s starts) added(state string) []float64 {
	var list []float64
	for i, took := range s.took[state] {
		list = append(list, took-s.took["without"][i])
	}
	return list
}

// noise is how much two starts without the module differ, as the median of
// rounds that follow each other.
func (s starts) noise() float64 {
	var list []float64
	for i := range len(s.took["without"]) - 1 {
		list = append(list, abs(s.took["without"][i+1]-s.took["without"][i]))
	}
	return median(list)
}

func abs(x float64) float64 { return max(x, -x) }

// claim is something that the project promises, and whether this run bore it out.
type claim struct {
	text, seen string
	held       bool
}

func (r *results) flow(name string) flow {
	for _, f := range r.flows {
		if f.name == name {
			return f
		}
	}
	return flow{}
}

func named(rows []row, name string) map[string]float64 {
	for _, r := range rows {
		if r.name == name {
			return r.m
		}
	}
	return map[string]float64{}
}

func (r *results) claim(held bool, text, format string, args ...any) {
	r.held = append(r.held, claim{text, fmt.Sprintf(format, args...), held})
}

func (r *results) claims() {
	first, second := r.flow("tscns"), r.flow("tscns, second program")
	p := first.login()
	r.claim(p.commands <= 16 && p.bytes <= 2900, "list, login and signature: at most 16 commands and 2,900 bytes", "%d, %d", p.commands, p.bytes)
	p = second.login()
	r.claim(p.commands <= 7, "the same of a second program: at most 7 commands", "%d", p.commands)
	p = r.flow("tscns, extended reads").login()
	r.claim(p.commands <= 10, "the same with extended reads: at most 10 commands", "%d", p.commands)
	r.claim(first.errand["second"].commands == 1, "each further signature: 1 command", "%d", first.errand["second"].commands)
	ours, theirs := named(r.loads, "tscns"), named(r.loads, "SoftHSM")
	r.claim(ours["total"] <= theirs["total"], "loading, C_Initialize and C_GetSlotList: no slower than SoftHSM", "%s, %s", micros(ours["total"]), micros(theirs["total"]))
	r.claim(ours["pss_load"] < 1024, "memory before C_Initialize: under 1 MB", "%.0f KiB", ours["pss_load"])
	r.claim(ours["pss_init"] < 5*1024, "memory after C_Initialize: under 5 MB", "%.0f KiB", ours["pss_init"])
	t := named(r.threads, "tscns")
	r.claim(t["rate16"] >= 0.95*t["rate1"], "signatures of 16 threads: within 5 % of one thread's", "%.1f and %.1f a second", t["rate16"], t["rate1"])
	r.claim(t["least16"] >= t["most16"]-2, "no thread of 16 starves", "%.0f to %.0f signatures each", t["least16"], t["most16"])
	for _, s := range r.starts {
		added := median(s.added("no reader"))
		r.claim(added <= s.noise(), s.name+" with the module and no reader: within noise of a start without", "%s more; two starts without differ by %s", millis(added), millis(s.noise()))
	}
}

func micros(v float64) string { return fmt.Sprintf("%.2f ms", v/1000) }
func millis(v float64) string { return fmt.Sprintf("%.0f ms", v/1e6) }

// table renders rows of cells; the first row is the head.
func table(b *strings.Builder, rows [][]string) {
	for i, cells := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(cells)))
		}
	}
	b.WriteByte('\n')
}

func (r *results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Written by `./build.sh bench` on %s, version %s. %s. All numbers are medians of one run on one machine; what\nthey mean is their ratio. "+
		"The card is the simulated one of family B2 with a certificate of %d bytes, in a real PC/SC service.\n\n",
		time.Now().Format("2 January 2006"), version(), r.machine, r.certificate)
	b.WriteString("![Time of a login by the model of a real card](images/performance.svg)\n\n")
	r.flowTables(&b)
	r.loadTables(&b)
	r.threadTable(&b)
	r.startTable(&b)
	b.WriteString("### What the project claims, in this run\n\n")
	rows := [][]string{{"claim", "seen", ""}}
	for _, c := range r.held {
		rows = append(rows, []string{c.text, c.seen, map[bool]string{true: "held", false: "**not held**"}[c.held]})
	}
	table(&b, rows)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func version() string {
	b, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(b), "\n## [")
	v, _, _ := strings.Cut(rest, "]")
	return v
}

func (r *results) flowTables(b *strings.Builder) {
	ours := r.flow("tscns").login().model()
	b.WriteString("### What the card is asked for\n\nCommands / bytes both ways. \"Model\" is the time of a real card, 11 ms a command and 0.09 ms a byte; \"wall\" what it\n" +
		"took here, with a card that answers at once.\n\n")
	rows := [][]string{{"module", "list certificate", "login", "first signature", "together", "model", "ratio", "wall", "second signature"}}
	for _, f := range r.flows {
		cells := []string{f.name}
		for _, p := range phases[:3] {
			cells = append(cells, fmt.Sprintf("%d / %d", f.errand[p].commands, f.errand[p].bytes))
		}
		p := f.login()
		rows = append(rows, append(cells, fmt.Sprintf("%d / %d", p.commands, p.bytes), fmt.Sprintf("%d ms", p.model().Milliseconds()),
			fmt.Sprintf("%.1f", float64(p.model())/float64(ours)), fmt.Sprintf("%.1f ms", float64(p.wall)/1e6),
			fmt.Sprintf("%d / %d", f.errand["second"].commands, f.errand["second"].bytes)))
	}
	table(b, rows)
	if len(r.curl) == 0 {
		return
	}
	b.WriteString("`curl` with OpenSSL's engine, one TLS 1.3 login from start to end:\n\n")
	rows = [][]string{{"module", "commands / bytes", "model of the card", "wall"}}
	for _, f := range r.curl {
		p := f.errand["list"]
		rows = append(rows, []string{f.name, fmt.Sprintf("%d / %d", p.commands, p.bytes), fmt.Sprintf("%d ms", p.model().Milliseconds()), millis(float64(p.wall))})
	}
	table(b, rows)
}

func (r *results) loadTables(b *strings.Builder) {
	b.WriteString("### Loading\n\nFresh processes in turns, without a reader; the last time is with a card in one, which tscns reads in its first\nC_GetSlotList and OpenSC in C_Initialize. Memory is proportional set size (PSS), the host's own taken off.\n\n")
	rows := [][]string{{"module", "dlopen", "C_Initialize", "first C_GetSlotList", "together", "together, with a card", "memory after dlopen", "after C_Initialize", "threads", "file"}}
	for _, l := range r.loads {
		rows = append(rows, []string{l.name, micros(l.m["dlopen"]), micros(l.m["initialize"]), micros(l.m["slots"]), micros(l.m["total"]), micros(l.m["with_card"]),
			fmt.Sprintf("%.0f KiB", l.m["pss_load"]), fmt.Sprintf("%.0f KiB", l.m["pss_init"]), fmt.Sprintf("+%.0f", l.m["threads"]), fmt.Sprintf("%.0f KiB", l.m["file"])})
	}
	table(b, rows)
	b.WriteString("OpenSC's file is its PKCS#11 part alone; the libraries that it needs come on top. SoftHSM has no reader to ask for.\n\n### Calls that need no card\n\nA second:\n\n")
	rows = [][]string{{"module", "C_GetSessionInfo", "C_FindObjects (a search)", "C_Digest, 1 MiB SHA-256", "C_Verify, RSA 2048"}}
	for _, l := range r.rates {
		rows = append(rows, []string{l.name, fmt.Sprintf("%.0f", l.m["session_info_100"]*100), fmt.Sprintf("%.0f", l.m["find_10"]*10),
			fmt.Sprintf("%.0f", l.m["digest"]), fmt.Sprintf("%.0f", l.m["verify"])})
	}
	table(b, rows)
}

func (r *results) threadTable(b *strings.Builder) {
	b.WriteString("### Many threads\n\nSignatures a second on one card that takes a real card's time (SoftHSM: no card), and how many the thread got that got\nleast and most of 16.\n\n")
	rows := [][]string{{"module", "1 thread", "4 threads", "16 threads", "16 to 1", "least and most", "longest wait"}}
	for _, l := range r.threads {
		rows = append(rows, []string{l.name, fmt.Sprintf("%.1f", l.m["rate1"]), fmt.Sprintf("%.1f", l.m["rate4"]), fmt.Sprintf("%.1f", l.m["rate16"]),
			fmt.Sprintf("%.2f", l.m["rate16"]/l.m["rate1"]), fmt.Sprintf("%.0f, %.0f", l.m["least16"], l.m["most16"]), millis(l.m["longest16"] * 1000)})
	}
	table(b, rows)
}

func (r *results) startTable(b *strings.Builder) {
	if len(r.starts) == 0 {
		return
	}
	b.WriteString("### Starting a browser\n\nFrom the start of the process to the request for the first page. \"Adds\" is the median of the differences round by round;\n" +
		"\"noise\" how much two starts without the module differ from each other.\n\n")
	rows := [][]string{{"browser", "without the module", "noise", "with it and no reader", "adds", "time inside the module", "with it and a card", "adds", "time inside the module"}}
	for _, s := range r.starts {
		cells := []string{s.name, millis(median(s.took["without"])), millis(s.noise())}
		for _, state := range []string{"no reader", "card"} {
			cells = append(cells, millis(median(s.took[state])), millis(median(s.added(state))), millis(median(s.inside[state])))
		}
		rows = append(rows, cells)
	}
	table(b, rows)
}

// Marks around what a run writes.
const (
	begin = "<!-- written by ./build.sh bench -->\n"
	end   = "<!-- end of what ./build.sh bench wrote -->\n"
)

// replaceSection puts a text between the marks of a file.
func replaceSection(path, text string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the results", path)
	}
	return os.WriteFile(path, []byte(before+begin+text+end+after), 0o644)
}

// picture draws the modelled time of a login, part by part, as bars.
func (r *results) picture() string {
	const left, width, bar, gap, top = 300, 520, 26, 14, 56
	colours := map[string]string{"list": "#3b7dd8", "login": "#e0922f", "first": "#4c9f5a"}
	labels := map[string]string{"list": "certificate listed", "login": "login", "first": "signature"}
	longest := slices.MaxFunc(r.flows, func(a, b flow) int { return int(a.login().model() - b.login().model()) }).login().model()
	var b strings.Builder
	height := top + len(r.flows)*(bar+gap) + 30
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14">`+"\n", left+width+110, height)
	b.WriteString("<title>Time of a login by the model of a real card</title>\n" + `<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	x := left
	for _, p := range phases[:3] {
		fmt.Fprintf(&b, `<rect x="%d" y="16" width="14" height="14" fill="%s"/><text x="%d" y="28" fill="#222222">%s</text>`+"\n", x, colours[p], x+20, labels[p])
		x += 40 + 8*len(labels[p])
	}
	for i, f := range r.flows {
		y, x := top+i*(bar+gap), float64(left)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#222222">%s</text>`+"\n", left-12, y+18, f.name)
		for _, p := range phases[:3] {
			w := float64(f.errand[p].model()) / float64(longest) * width
			fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y, w, bar, colours[p])
			x += w
		}
		p := f.login()
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#222222">%.2f s, %d</text>`+"\n", x+8, y+18, p.model().Seconds(), p.commands)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#555555" font-size="12">seconds and commands of one login: 11 ms a command, 0.09 ms a byte</text>`+"\n</svg>\n", left, height-10)
	return b.String()
}

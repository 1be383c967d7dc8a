// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/pem"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

//go:embed assets
var assets embed.FS

// texts are the messages that templates name.
var texts = map[string]message.Message{
	"name": message.WindowName, "skip": message.WindowSkip, "menu": message.WindowMenu, "card": message.LabelCard,
	"doctor": message.WindowDoctor, "help": message.WindowHelp, "quit": message.WindowQuit, "notPublic": message.WindowNotPublic,
	"copy": message.WindowCopy, "copied": message.WindowCopied, "back": message.WindowBack,
	"opening": message.WindowOpening, "cannotOpen": message.WindowCannotOpen, "addressUsed": message.WindowAddressUsed,
	"addressOld": message.WindowAddressOld, "needsScript": message.WindowNeedsScript, "noCookie": message.WindowNoCookie,
	"closed": message.WindowClosed, "openAgain": message.WindowOpenAgain, "otherTab": message.WindowOtherTab,
	"here": message.WindowOtherTabHere, "show": message.WindowShow, "hide": message.WindowHide,
	"holder": message.LabelHolder, "number": message.LabelNumber, "reader": message.LabelReader,
	"exportPEM": message.WindowExportPEM, "exportDER": message.WindowExportDER, "exportCare": message.WindowExportCare,
	"frame": message.WindowFrame, "twoParts": message.WindowTwoParts, "costsOne": message.WindowCostsOne,
	"understood": message.WindowUnderstood, "sending": message.WindowSending, "keypad": message.WindowKeypad,
	"keypadPIN": message.WindowKeypadPIN, "keypadNew1": message.WindowKeypadNew1, "keypadNew2": message.WindowKeypadNew2,
	"keypadNew3": message.WindowKeypadNew3, "keypadSafe": message.WindowKeypadSafe, "keypadGo": message.WindowKeypadGo,
	"keypadWait": message.WindowKeypadWait, "keyboard": message.WindowKeyboard, "cancel": message.WindowCancel,
	"takenOut": message.WindowTakenOut, "nothing": message.WindowNothing, "showTyped": message.WindowFieldShow,
	"examining": message.WindowExamining, "examine": message.WindowExamine,
}

// page is what a template gets.
type page struct {
	Language      message.Language
	Screen        string // for the script
	Here          string // the route, to come back to after another language is chosen
	Title         message.Message
	Nonce         string
	Base          string // path of the session, "" outside
	Version       string
	News, Changes int
	Data          any
}

// T returns the text of a name of [texts].
func (p page) T(name string) (string, error) {
	m, known := texts[name]
	if !known {
		return "", errNoText(name)
	}
	return p.Language.Text(m), nil
}

type errNoText string

func (e errNoText) Error() string { return "window: no text " + string(e) }

// M returns a message.
func (p page) M(m message.Message) string { return p.Language.Text(m) }

// Tag returns the language of the page.
func (p page) Tag() string { return p.Language.Tag() }

// Others returns the languages to change to.
func (p page) Others() (list []message.Language) {
	for _, l := range message.Languages() {
		if l != p.Language {
			list = append(list, l)
		}
	}
	return list
}

// Name returns what a language is called in itself.
func (p page) Name(l message.Language) string { return l.Text(message.WindowLanguage) }

// To returns the address of a route below the session. Routes are constants, with
// values that net/url has escaped.
func (p page) To(route string) template.URL { return template.URL(p.Base + route) }

// Issued says who issued a certificate.
func (p page) Issued(issuer string) string { return p.Language.Text(message.WindowIssuedBy, issuer) }

// Word says in words how bad a state is.
func (p page) Word(s finding.State) string { return p.Language.Text(labels[s]) }

// Sentence makes a sentence of what is said of a finding.
func (p page) Sentence(m message.Message) string { return p.Language.Sentence(m) }

// languageOf returns the language of a page: the one that was chosen, else the
// first that the browser asks for and there is.
func (s *Server) languageOf(r *http.Request) message.Language {
	s.mu.Lock()
	chosen := s.chosen
	s.mu.Unlock()
	if chosen != nil {
		return *chosen
	}
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(tag, "-")
		for _, l := range message.Languages() {
			if strings.EqualFold(tag, l.Tag()) {
				return l
			}
		}
	}
	return s.Language
}

// screens are the templates of the pages, each with the frame around it.
var screens = map[string]*template.Template{}

func init() {
	for _, name := range []string{"card", "pin", "result", "certificate", "doctor", "help", "closed"} {
		screens[name] = template.Must(template.ParseFS(assets, "assets/base.html", "assets/"+name+".html"))
	}
	for _, name := range []string{"landing", "frame"} {
		screens[name] = template.Must(template.ParseFS(assets, "assets/"+name+".html"))
	}
}

// page returns what every page has.
func (s *Server) page(r *http.Request, screen string, title message.Message, data any) page {
	news, changes := s.live.numbers()
	here, _ := s.session.below(r)
	if r.URL.RawQuery != "" {
		here += "?" + r.URL.RawQuery
	}
	return page{Language: s.languageOf(r), Screen: screen, Here: here, Title: title, Base: s.session.path, Version: s.Version,
		News: news, Changes: changes, Data: data}
}

// write answers with a page.
func write(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	t := screens[p.Screen]
	if err := t.Execute(&b, p); err != nil {
		http.Error(w, "page", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Tag())
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func asset(name, kind string) func(*Server, http.ResponseWriter, *http.Request) {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		b, err := assets.ReadFile("assets/" + name)
		if err != nil {
			http.Error(w, "asset", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(b)
	}
}

// landing is the only page outside of the session. It has nothing about the card:
// its script takes the token out of the address and asks for the session.
func (s *Server) landing(w http.ResponseWriter, r *http.Request) {
	s.landingPage(w, r, http.StatusOK, false)
}

// outside is the answer at the right path without the cookie: the browser keeps none.
func (s *Server) outside(w http.ResponseWriter, r *http.Request) {
	s.landingPage(w, r, http.StatusForbidden, true)
}

func (s *Server) landingPage(w http.ResponseWriter, r *http.Request, status int, noCookie bool) {
	p := page{Language: s.languageOf(r), Screen: "landing", Title: message.WindowOpening, Nonce: secret(16), Data: noCookie}
	w.Header().Set("Content-Security-Policy", inline(p.Nonce, "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'"))
	write(w, status, p)
}

// tokenType is the content type of what the landing page sends. No form can send
// it, and another site would have to ask first (CORS), which is never answered.
const tokenType = "application/x-tscns-token"

// enter exchanges a token for the session.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 256))
	if err != nil || r.Header.Get("Content-Type") != tokenType {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	switch s.session.admit(string(b)) {
	case admitted:
		s.session.grant(w)
		writeJSON(w, http.StatusOK, map[string]string{"next": s.session.path + "card"})
	case again:
		http.Error(w, "used", http.StatusGone)
		s.Close()
	case unknown:
		http.Error(w, "forbidden", http.StatusForbidden)
	}
}

// readerView is what the page of the card shows of a reader.
type readerView struct {
	Name  string
	State state
	Card  *cardinfo.Card
	PINs  []pinCard
}

// cardView is the page of the card.
type cardView struct {
	State   state // of the only reader shown, or above several
	Readers []readerView
	Several bool
	Shown   bool // names and numbers in full
}

// readingWait is how long a page waits for the card: one that is read by then is
// shown at once.
const readingWait = 400 * time.Millisecond

// cardPage shows the cards, names and numbers of those that were there when the
// person asked for them.
func (s *Server) cardPage(w http.ResponseWriter, r *http.Request) {
	_, changes := s.live.numbers()
	st := s.status().within(readingWait)
	shown := st != nil && r.URL.Query().Get("show") == strconv.Itoa(changes)
	if shown {
		s.card.Lock()
		st = cardinfo.ReadAll(s.Connect, s.Cards, s.Version, true)
		s.card.Unlock()
	}
	v := viewOf(st)
	v.Shown = shown
	write(w, http.StatusOK, s.page(r, "card", v.State.Title, v))
}

// viewOf chooses which readers to show: those with a card to use, else the one
// that has most to say.
func viewOf(st *cardinfo.Status) cardView {
	if st == nil || len(st.Readers) == 0 {
		return cardView{State: withoutReader(st)}
	}
	var v cardView
	best := &st.Readers[0]
	for i := range st.Readers {
		r := &st.Readers[i]
		if r.Card != nil {
			v.Readers = append(v.Readers, readerView{r.Name, stateOf(r), r.Card, pinCards(r)})
		}
		if best.State == cardinfo.StateEmpty {
			best = r
		}
	}
	switch len(v.Readers) {
	case 0:
		v.Readers = []readerView{{Name: best.Name, State: stateOf(best)}}
		fallthrough
	case 1:
		v.State = v.Readers[0].State
	default:
		v.Several, v.State = true, state{Code: "several", Title: message.WindowSeveral}
	}
	return v
}

// certificateView is the page from which certificates are saved.
type certificateView struct{ PEM, DER string }

func (s *Server) certificatePage(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	q := certificateQuery(asked.Get("reader"), purposeOf(asked))
	write(w, http.StatusOK, s.page(r, "certificate", message.WindowExport, certificateView{"certificate.pem?" + q, "certificate.der?" + q}))
}

// certificateOf returns the certificate that the address of a download names, nil
// without one.
func (s *Server) certificateOf(r *http.Request) []byte {
	st := s.status().within(patience)
	if st == nil {
		return nil
	}
	q := r.URL.Query()
	for i := range st.Readers {
		if reader := &st.Readers[i]; reader.Card != nil && reader.Name == q.Get("reader") {
			if c := lastCertificate(reader.Card, purposeOf(q)); c != nil {
				return c.DER
			}
		}
	}
	return nil
}

// patience is how long a page waits for a card that it cannot do without.
const patience = 20 * time.Second

func (s *Server) certificatePEM(w http.ResponseWriter, r *http.Request) {
	s.download(w, r, "application/x-pem-file", "tscns.pem", func(der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	})
}

func (s *Server) certificateDER(w http.ResponseWriter, r *http.Request) {
	s.download(w, r, "application/pkix-cert", "tscns.cer", func(der []byte) []byte { return der })
}

func (s *Server) download(w http.ResponseWriter, r *http.Request, kind, name string, encode func([]byte) []byte) {
	der := s.certificateOf(r)
	if der == nil {
		http.Redirect(w, r, s.session.path+"card", http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(encode(der))
}

// doctorView is the page of the examination.
type doctorView struct {
	Examined bool
	Findings []finding.Finding
}

func (s *Server) doctorPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	v := doctorView{s.examined, s.findings}
	s.mu.Unlock()
	title := message.WindowDoctor
	if v.Examined {
		title = message.WindowExamined
	}
	write(w, http.StatusOK, s.page(r, "doctor", title, v))
}

// doctorRun examines, and answers when that is done.
func (s *Server) doctorRun(w http.ResponseWriter, r *http.Request) {
	if !s.operation.TryLock() {
		writeJSON(w, http.StatusConflict, answer{Error: s.languageOf(r).Text(message.WindowBusy)})
		return
	}
	defer s.operation.Unlock()
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	s.card.Lock()
	findings := s.Doctor()
	s.card.Unlock()
	s.mu.Lock()
	s.findings, s.examined = findings, true
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, answer{Next: s.session.path + "doctor"})
}

func (s *Server) helpPage(w http.ResponseWriter, r *http.Request) {
	write(w, http.StatusOK, s.page(r, "help", message.WindowHelp, []struct{ Title, Text message.Message }{
		{message.WindowHelpFirst, message.WindowHelpFirst1},
		{message.WindowHelpFail, message.WindowHelpFail1},
		{message.WindowHelpPIN, message.WindowHelpPIN1},
		{message.WindowHelpKeys, message.WindowHelpKeys1},
	}))
}

// chooseLanguage changes the language and goes back to a route that there is.
func (s *Server) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	for _, l := range message.Languages() {
		if r.PostFormValue("language") == l.Tag() {
			s.mu.Lock()
			s.chosen = &l
			s.mu.Unlock()
		}
	}
	back := r.PostFormValue("back")
	if to, known := routes[strings.SplitN(back, "?", 2)[0]]; !known || to.method != http.MethodGet {
		back = "card"
	}
	http.Redirect(w, r, s.session.path+back, http.StatusSeeOther)
}

func (s *Server) quit(w http.ResponseWriter, r *http.Request) {
	p := s.page(r, "closed", message.WindowClosed, nil)
	p.Base = ""
	write(w, http.StatusOK, p)
	s.Close()
}

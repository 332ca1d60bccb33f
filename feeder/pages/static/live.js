'use strict';
/* What happens while a page is open. The page is whole without it, and all that comes is put in as text.

   A cursor leads through everything. Events are numbered without a hole, so a tab knows by the number alone what it
   has had and what it lacks, whoever tells it: the stream, another tab, or the log. The tab that holds a lock has the
   connection and tells the others; when it goes, is frozen or dies, the next one has the lock and reads on. */

const { body } = document;
const { events } = body.dataset;
const NAME = `feeder ${events}`;
const KINDS = ['published', 'updated', 'corrected', 'retracted'];
const WORDS = { live: 'Live', reconnecting: 'Reconnecting', offline: 'Offline', paused: 'Paused' };
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December'];
const MOST = 300; // events at once; more are no news but another page
const QUIET = 600e3 * (1 + Math.random()); // what says nothing so long may be dead; nothing else would tell
const ASLEEP = 100e3; // timers of hidden tabs run once a minute; who is later than this was not running
const PATIENCE = 3e3;
const MOMENT = 500;
const HEAD = 100; // pixels: so far nothing has been read
const NEWS = 2 * 864e5; // what is taken in later than this after its date is an archive

const story = document.querySelector('article[data-article-id]');
const lists = document.querySelectorAll('[data-feed]');
const all = document.querySelector('[data-feed=all]');
const state = document.getElementById('state');
const news = document.getElementById('news');
const seqOf = (id) => Number(id.slice(id.lastIndexOf('.') + 1)) || 0;
const onPage = (id) => document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`);
const isSmooth = () => !matchMedia('(prefers-reduced-motion: reduce)').matches;

/* Reading on */

let cursor = body.dataset.cursor ?? ''; // "": wherever the stream is when it is first heard
let known = cursor; // the newest that anyone has told of
let isReading = false;

function hear(told) {
  if (told.event === 'gap') return skip(JSON.parse(told.data).resumed_from);
  if (!cursor) return begin(told.id);
  const ahead = seqOf(told.id) - seqOf(cursor);
  if (seqOf(told.id) > seqOf(known)) known = told.id;
  if (ahead < 1) return;
  if (ahead > 1 || told.event === 'checkpoint') return readOn();
  cursor = told.id;
  show(told.event, JSON.parse(told.data));
  remember();
}

/* A page that shows no list has no cursor of its own. What it shows may have changed before it was heard of. */
function begin(id) {
  cursor = known = id;
  checkStory();
}

/* There is no telling what happened: that is said, and from here on it goes on. */
function skip(id) {
  cursor = known = id ?? '';
  say('Some stories may be missing.', 'Reload', () => location.reload(), 'gap');
  checkStory();
}

async function readOn() {
  if (isReading) return;
  isReading = true;
  for (let tries = 0; seqOf(known) > seqOf(cursor) && tries < 5; tries += 1) {
    if (seqOf(known) - seqOf(cursor) > MOST) break;
    await fetchLacking().catch(() => pause(1e3 * 2 ** tries));
  }
  isReading = false;
  if (seqOf(known) > seqOf(cursor)) skip(known);
}

async function fetchLacking() {
  const answer = await fetch(`${events}?poll=1&since=${cursor}`, { headers: { Accept: 'application/x-ndjson' } });
  if (!answer.ok) throw new Error(answer.status);
  for (const line of (await answer.text()).split('\n').filter(Boolean)) {
    const { id = '', event, data } = JSON.parse(line);
    if (event === 'busy' || event === 'goodbye') throw new Error(event);
    hear({ id, event, data: JSON.stringify(data) });
  }
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/* The connection */

let source = null;
let failures = 0;
let heardAt = Date.now();
let burst = 0;
let retrying = 0;

function connect() {
  disconnect();
  heardAt = Date.now();
  source = new EventSource(cursor ? `${events}?since=${cursor}` : events);
  source.onopen = open;
  source.onerror = () => (source.readyState === EventSource.CLOSED ? retry() : stumble());
  for (const kind of [...KINDS, 'gap', 'checkpoint']) source.addEventListener(kind, receive);
  source.addEventListener('busy', refuse);
}

let isFull = false;
let opening = 0;

/* A service that was full may be still, and says so at once. */
function open() {
  failures = 0;
  opening = setTimeout(() => be('live'), shown === 'paused' ? MOMENT : 0);
}

/* It says when to come back, and the browser does: that this connection ends is no trouble. */
function refuse() {
  clearTimeout(opening);
  isFull = true;
  be('paused');
}

function stumble() {
  clearTimeout(opening);
  if (!isFull) be('reconnecting');
  isFull = false;
}

function disconnect() {
  clearTimeout(retrying);
  clearTimeout(opening);
  isFull = false;
  source?.close();
  source = null;
}

/* The browser has given up: somebody in between answered something else. */
function retry() {
  be('reconnecting');
  failures += 1;
  retrying = setTimeout(connect, Math.min(60e3, 1e3 * 2 ** failures) * (0.5 + Math.random() / 2));
}

function receive({ type, lastEventId, data }) {
  heardAt = Date.now();
  burst += 1;
  if (burst > MOST) return leap();
  const told = { id: lastEventId, event: type, data };
  hear(told);
  channel?.postMessage({ told });
}

/* An archive is coming in, or this tab has slept for long: what is on its way is not waited for. */
function leap() {
  burst = 0;
  disconnect();
  skip('');
  retrying = setTimeout(connect, PATIENCE);
}

let shown = '';
let showing = 0;

function be(now) {
  channel?.postMessage({ state: now, cursor });
  tell(now === 'reconnecting' && !navigator.onLine ? 'offline' : now);
}

/* A moment of trouble is nobody's business. */
function tell(now) {
  shown = now;
  clearTimeout(showing);
  showing = setTimeout(() => {
    if (state.dataset.state === now) return; // what is written anew is read out anew
    state.textContent = WORDS[now];
    state.dataset.state = now;
  }, now === 'reconnecting' ? PATIENCE : 0);
}

/* One of the tabs */

const isShared = Boolean(navigator.locks && window.BroadcastChannel); // locks are only where the page came by HTTPS
let channel = null;
let seat = null;
let leaderHeard = true;

function join(isStealing = false) {
  leave();
  if (!isShared) return document.hidden || connect();
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => listen(data);
  const mine = { queue: new AbortController() };
  seat = mine;
  const how = isStealing ? { steal: true } : { signal: mine.queue.signal };
  navigator.locks.request(NAME, how, () => sit(mine)).catch((error) => seat === mine && lose(error));
  greet();
}

function sit(mine) {
  if (seat !== mine) return null;
  connect();
  return new Promise((resolve) => { mine.rise = resolve; });
}

/* The lock was taken from this tab, or may not be had at all. */
function lose({ name }) {
  if (name === 'AbortError') join();
  else connect();
}

function leave() {
  const mine = seat;
  seat = null;
  mine?.queue.abort();
  mine?.rise?.();
  disconnect();
  channel?.close();
  channel = null;
}

function listen({ told, state: now, cursor: theirs, isGreeting }) {
  if (isGreeting) return source && be(shown || 'reconnecting');
  leaderHeard = true;
  if (told) return source || hear(told);
  if (source) return null;
  tell(now);
  return theirs && hear({ id: theirs, event: 'checkpoint' });
}

/* Whoever has the connection answers at once; if nobody does it is taken from them. */
function greet() {
  leaderHeard = false;
  channel.postMessage({ isGreeting: true });
  setTimeout(() => leaderHeard || source || !seat || document.hidden || join(true), PATIENCE);
}

/* After sleep a connection may be dead without anybody having been told. */
function wake() {
  if (!isShared) return document.hidden || connect();
  if (source) connect();
  else if (seat) greet();
  else join();
}

let tick = Date.now();

function watch() {
  const now = Date.now();
  burst = 0;
  if (now - tick > ASLEEP || (source && now - heardAt > QUIET)) wake();
  tick = now;
}

/* What is shown */

const SAY = {
  title(place, item) {
    place.textContent = item.title;
    place.href = new URL(item.url).pathname;
  },
  date(place, item) {
    const precision = item._feeder.published_precision;
    place.textContent = spoken(item.date_published, precision);
    place.dateTime = machine(item.date_published, precision);
  },
  section(place, item) { fillIn(place, item._feeder.section); },
  summary(place, item) { fillIn(place, item.summary); },
  mark(place, item, kind) { fillIn(place, { updated: 'Updated', corrected: 'Corrected' }[kind]); },
  note(place, item, kind) {
    place.textContent = item._feeder.correction ?? '';
    place.parentElement.hidden = kind !== 'corrected';
  },
};

function fillIn(place, text) {
  place.textContent = text ?? '';
  place.hidden = !text;
}

/* As feeder/pages/moments.py has it: the day and the time as they were written, where they were. */
function spoken(written, precision) {
  const [, year, month, day, time, zone] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)[^Z+-]*(.*)$/.exec(written);
  const date = `${Number(day)} ${MONTHS[month - 1]} ${Number(year)}`;
  return precision === 'day' ? date : `${date}, ${time} UTC${zone === '+00:00' ? '' : zone}`;
}

function machine(written, precision) {
  if (precision === 'day') return written.slice(0, 10);
  return written.slice(0, precision === 'minute' ? 16 : 19) + written.slice(-6);
}

function show(kind, item) {
  const facts = item._feeder;
  const isGone = kind === 'retracted' || facts.retracted;
  if (story?.dataset.articleId === item.id) notify(isGone ? 'retracted' : kind, facts);
  const places = [...onPage(item.id)].filter((place) => Number(place.dataset.seq) < facts.seq);
  steadily(() => places.forEach((place) => (isGone ? withdraw(place) : change(place, kind, item))));
  if (isGone) held = held.filter(({ article }) => article.dataset.id !== item.id);
  else if (!onPage(item.id).length) listsOf(facts.feeds).forEach((list) => offer(list, kind, item));
  const matters = places.length > 0 || (kind === 'published' && isNews(item));
  if (document.hidden && matters) count(isGone ? 'retracted' : kind);
  hint();
}

const listsOf = (feeds) => [...lists].filter((list) => feeds.includes(list.dataset.feed));
const isNews = (item) => !item._feeder.backfill && Date.parse(item._feeder.at) - Date.parse(item.date_published) < NEWS;

function change(article, kind, item) {
  const feed = article.closest('[data-feed]')?.dataset.feed;
  const hasLeft = feed && !item._feeder.feeds.includes(feed);
  if (hasLeft || article.dataset.kind === 'retracted') article.closest('li')?.remove(); // offered anew where it belongs
  else fill(article, kind, item);
}

function fill(article, kind, item) {
  const { seq, version } = item._feeder;
  Object.assign(article.dataset, { id: item.id, seq, version, kind, date: item.date_published });
  article.lang = item.language ?? '';
  article.dir = 'auto';
  for (const place of article.querySelectorAll('[data-is]')) SAY[place.dataset.is](place, item, kind);
}

function withdraw(article) {
  const line = document.createElement('p');
  Object.assign(line, { className: 'withdrawn', lang: 'en', dir: 'ltr', tabIndex: -1 });
  line.textContent = 'This story was withdrawn.';
  const hasFocus = article.contains(document.activeElement);
  article.replaceChildren(line);
  article.dataset.kind = 'retracted';
  if (hasFocus) line.focus();
}

/* What is read stays where it is when something above it changes. Browsers see to it, but not all; it is done once. */
function steadily(change_) {
  const read = [...document.querySelectorAll('main :is(h2, h3, p)')].find(isInView);
  const before = read?.getBoundingClientRect().top;
  change_();
  if (scrollY && read?.isConnected) scrollBy({ top: read.getBoundingClientRect().top - before, behavior: 'instant' });
}

function isInView(one) {
  const { top, height } = one.getBoundingClientRect();
  return height > 0 && top >= 0;
}

/* New stories */

let held = [];

/* Whoever has left the head of the page is reading: a list in sight, or above, is left alone then. */
const mayGrow = (list) => scrollY < HEAD || list.getBoundingClientRect().top >= innerHeight;

function offer(list, kind, item) {
  const template = list.querySelector('template');
  if (!template || list.querySelector(`[data-id="${CSS.escape(item.id)}"]`)) return;
  const li = template.content.cloneNode(true).firstElementChild;
  const article = li.firstElementChild;
  fill(article, kind, item);
  const again = held.find((other) => other.list === list && other.article.dataset.id === item.id);
  if (isNews(item) && (kind === 'published' || again?.article.classList.contains('new'))) markNew(article);
  if (again) return Object.assign(again, { li, article });
  if (mayGrow(list)) insert(list, li, article);
  else held = [...held, { list, li, article }].slice(-MOST);
}

function insert(list, li, article) {
  const others = [...list.children].filter((one) => one.matches('li'));
  const next = others.find((one) => isAfter(article.dataset, one.firstElementChild.dataset));
  const most = Number(list.dataset.most) || 50;
  if (!next && others.length >= most) return;
  list.closest('[hidden]')?.removeAttribute('hidden');
  document.querySelector('.empty')?.remove();
  list.insertBefore(li, next ?? list.querySelector('template'));
  if (article.classList.contains('new')) seeing.observe(article);
  others.slice(most - 1).forEach((old) => old.contains(document.activeElement) || old.remove());
}

const isAfter = (one, other) => (Date.parse(one.date) - Date.parse(other.date) || one.seq - other.seq) > 0;

function release(isAll) {
  const ready = held.filter(({ list }) => isAll || mayGrow(list));
  if (!ready.length) return;
  held = held.filter((one) => !ready.includes(one));
  ready.forEach(({ list, li, article }) => insert(list, li, article));
  hint();
}

function markNew(article) {
  article.classList.add('new');
  fillIn(article.querySelector('[data-is=mark]'), 'New');
}

const seeing = new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => {
  if (!isIntersecting || document.hidden) return;
  seeing.unobserve(target);
  setTimeout(() => seen(target), 2 * PATIENCE);
}), { threshold: 0.5 });

function seen(article) {
  article.classList.remove('new');
  const mark = article.querySelector('[data-is=mark]');
  if (mark?.textContent === 'New') fillIn(mark, '');
}

/* What is said */

const NOUNS = {
  published: ['new story', 'new stories'],
  corrected: ['correction', 'corrections'],
  retracted: ['withdrawal', 'withdrawals'],
};
const counted = (kind, number) => `${number} ${NOUNS[kind][number === 1 ? 0 : 1]}`;

function say(text, label, act, topic = '') {
  if (news.dataset.topic === 'gap' && topic !== 'gap') return;
  news.dataset.topic = topic;
  const words = document.createElement('span');
  words.textContent = text;
  news.replaceChildren(words, button(label, () => { hush(); act(); }), button('\u00d7', hush, 'Dismiss'));
}

function hush() {
  news.dataset.topic = '';
  news.replaceChildren();
}

function button(label, act, name = label) {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', textContent: label, ariaLabel: name, onclick: act });
  return made;
}

function hint() {
  const fresh = held.filter(({ article }) => article.classList.contains('new'));
  const { size } = new Set(fresh.map(({ article }) => article.dataset.id));
  if (size) say(counted('published', size), 'Show', lead, 'held');
  else if (news.dataset.topic === 'held') hush();
}

/* To the first story that is new. */
function lead() {
  release(true);
  const first = document.querySelector('article.new') ?? lists[0];
  first?.scrollIntoView({ block: 'center', behavior: isSmooth() ? 'smooth' : 'instant' });
  first?.querySelector('a[data-is=title]')?.focus({ preventScroll: true });
}

function notify(kind, { version }) {
  if (kind !== 'retracted' && version <= Number(story.dataset.version)) return;
  const notice = document.querySelector('p.notice[role=status]');
  if (!notice) return;
  const again = document.createElement('a');
  Object.assign(again, { href: '', textContent: 'Read it anew' });
  const what = { retracted: 'withdrawn', corrected: 'corrected' }[kind] ?? 'updated';
  notice.hidden = false;
  notice.replaceChildren(`This story was ${what} just now. `, ...(kind === 'retracted' ? [] : [again]));
}

/* The page of one story, asked once after the stream is heard, and whenever something may have been missed. */
async function checkStory() {
  if (!story) return;
  const answer = await fetch(`${location.pathname}.json`, { cache: 'no-cache' }).catch(() => null);
  if (answer?.status === 410) notify('retracted', {});
  if (answer?.ok) notify('updated', (await answer.json())._feeder);
}

/* While you were away */

let away = {};

function count(kind) {
  if (NOUNS[kind]) away[kind] = (away[kind] ?? 0) + 1;
}

function welcome() {
  if (all && seqOf(recall() ?? '') >= seqOf(cursor)) away = {}; // seen in another tab
  const counts = Object.entries(away).map(([kind, number]) => counted(kind, number));
  away = {};
  if (counts.length) say(`While you were away: ${counts.join(', ')}.`, 'Show', lead);
}

/* Where this browser had read to when the page was last looked at; nothing else is kept. */
function remember() {
  if (document.hidden || !cursor || !all) return;
  try { localStorage.setItem(NAME, cursor); } catch { /* forbidden: then nobody was away */ }
}

function recall() {
  try { return localStorage.getItem(NAME); } catch { return null; }
}

function welcomeBack() {
  const last = recall();
  if (!last || !all || seqOf(last) >= seqOf(cursor)) return;
  const since = [...document.querySelectorAll('[data-seq]')].filter(({ dataset }) => Number(dataset.seq) > seqOf(last));
  for (const place of new Map(since.map((one) => [one.dataset.id, one])).values()) welcomeOne(place);
  welcome();
}

function welcomeOne(place) {
  const { kind, news: isNew } = place.dataset;
  if (kind === 'published' && isNew === undefined) return;
  count(kind);
  if (kind !== 'published') return;
  markNew(place);
  seeing.observe(place);
}

/* Addresses to copy */

const word = document.createElement('p');
Object.assign(word, { className: 'unseen', lang: 'en', role: 'status' });

async function copy({ currentTarget: pressed }) {
  if (pressed.textContent === 'Copied') return;
  word.textContent = await write(pressed.dataset.copy) ? 'Copied' : 'This browser does not let itself be copied from';
  const label = [...pressed.childNodes];
  pressed.replaceChildren(word.textContent);
  setTimeout(() => { pressed.replaceChildren(...label); word.textContent = ''; }, PATIENCE);
}

/* Where the page came by plain HTTP there is no clipboard, but what is selected may be copied. */
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = document.createElement('textarea');
  const { activeElement } = document;
  area.value = text;
  body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  activeElement?.focus();
  return isCopied;
}

/* Beginning */

function appear() {
  if (document.hidden) return isShared || rest();
  welcome();
  remember();
  watch();
  return source || wake();
}

/* A browser has few connections to a site; a tab that has one of its own gives it back while nobody looks. */
function rest() {
  leave();
  tell('paused');
}

function beLive() {
  welcomeBack();
  remember();
  join();
  setInterval(watch, 15e3);
  document.addEventListener('visibilitychange', appear);
  document.addEventListener('freeze', leave);
  document.addEventListener('resume', () => join());
  addEventListener('pagehide', leave); // a page that is kept for the way back holds nothing
  addEventListener('pageshow', ({ persisted }) => persisted && join());
  addEventListener('online', () => wake());
  addEventListener('offline', () => tell('offline'));
  addEventListener('scroll', () => release(false), { passive: true });
}

body.append(word);
for (const one of document.querySelectorAll('button[data-copy]')) {
  one.hidden = false;
  one.addEventListener('click', copy);
}
if (events && (story || lists.length)) beLive();

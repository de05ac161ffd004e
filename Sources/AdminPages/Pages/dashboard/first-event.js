// Shows an empty server's first visitor how to send an event, and sends one.

import { Problem, Unreachable, base, hasKey, post } from './api.js';
import { element, find, say } from './dom.js';
import { examplesOf } from './first-event-examples.js';
import { eventLink } from './links.js';

const card = find('#first-event');
const tabs = find('#first-event-tabs');
const panel = find('#first-event-code');
const answer = find('#first-event-answer');
const topic = 'demo.hello';

/** Whether the card was ever needed; it stays until the page is closed, because a reader may be copying from it. */
let isNeeded = false;
let shownFor = null;

/** The port for producers when the server does not say it. */
const usualPort = 7171;

/** Returns the port for producers of the server that sent an answer of `/stats`. */
export function ingestPortOf({ servers, started_at: start }) {
  const moment = new Date(start).getTime();
  const distance = (server) => Math.abs(new Date(server.started_at).getTime() - moment);
  const own = (servers ?? []).filter(({ alive }) => alive).toSorted((one, other) => distance(one) - distance(other))[0];
  return Number(/:(\d+)$/.exec(own?.address ?? '')?.[1] ?? usualPort);
}

/** Shows the card when nothing has been received; with an answer of `/stats`. */
export function showFirstEvent(stats) {
  isNeeded ||= stats.received === 0;
  card.hidden = !isNeeded;
  const port = ingestPortOf(stats);
  const key = `${port} ${hasKey()}`;
  if (!isNeeded || shownFor === key) return;
  shownFor = key;
  const host = base.hostname.replace(/^\[|\]$/g, '');
  const examples = examplesOf({ publish: new URL('publish', base).href, host, port, topic, hasKey: hasKey() });
  tabs.replaceChildren(...examples.map((example, index) => tabOf(example, index)));
  choose(tabs.firstElementChild, examples[0]);
}

function tabOf(example, index) {
  const tab = element('button', { type: 'button', role: 'tab', id: `example-${index}`, 'aria-controls': panel.id },
    example.name);
  tab.addEventListener('click', () => choose(tab, example));
  tab.addEventListener('keydown', ({ key }) => {
    const next = { ArrowRight: tab.nextElementSibling, ArrowLeft: tab.previousElementSibling }[key];
    next?.focus();
    next?.click();
  });
  return tab;
}

function choose(tab, { code, note }) {
  for (const each of tabs.children) {
    each.setAttribute('aria-selected', String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  panel.setAttribute('aria-labelledby', tab.id);
  panel.replaceChildren(element('pre', { tabindex: 0 }, code), note ? element('p', { class: 'small soft' }, note) : '');
}

async function send() {
  const id = `hello-${Date.now()}`;
  const timestamp = new Date().toISOString();
  const event = { topic, event_id: id, timestamp, source: 'dashboard', payload: { hello: 1 } };
  say(answer, 'Sending …');
  try {
    await post('publish', JSON.stringify(event));
    answer.replaceChildren('Stored: the event ', eventLink(topic, id), ' of the topic demo.hello.');
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    say(answer, `The event was not stored: ${error.message}`);
  }
}

find('#send-first').addEventListener('click', send);

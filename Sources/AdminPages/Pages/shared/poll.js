// Asking again and again, but not while nobody sees the page.

/**
 * Runs `task` now, and again `period` milliseconds after it ended; not while the page is hidden, and at once when
 * it is shown again. `task` reports its own failures.
 */
export function poll(task, period) {
  let timer = null;
  let isRunning = false;

  async function run() {
    if (isRunning || document.hidden) return;
    clearTimeout(timer);
    isRunning = true;
    try {
      await task();
    } finally {
      isRunning = false;
      timer = setTimeout(run, period);
    }
  }

  document.addEventListener('visibilitychange', run);
  run();
}

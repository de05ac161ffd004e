// Repeats a task while the page is visible.

/**
 * Runs `task` now, and again `period` milliseconds after its end; not while the page is hidden, and at once when
 * it becomes visible. `task` must handle its own errors.
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

// The theme, light or dark: that of the system, or the chosen one. A classic script in the head, so that the page is
// never shown in the wrong theme.
'use strict';

(() => {
  const key = 'sluice.theme';
  const choices = ['system', 'light', 'dark'];

  // If the browser stores nothing for this page, the choice lasts until the page is closed.
  function remembered() {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function remember(choice) {
    try {
      localStorage.setItem(key, choice);
    } catch {
      return;
    }
  }

  let current = choices.includes(remembered()) ? remembered() : 'system';

  function show(button) {
    document.documentElement.dataset.theme = current;
    if (!button) return;
    button.textContent = `Theme: ${current}`;
    button.hidden = false;
  }

  show(null);
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    show(button);
    button.addEventListener('click', () => {
      current = choices[(choices.indexOf(current) + 1) % choices.length];
      remember(current);
      show(button);
    });
  });
})();

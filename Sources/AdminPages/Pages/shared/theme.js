// Light or dark: as the system says, or as somebody chose. A classic script in the head, so that the page is
// never painted in the wrong one.
'use strict';

(() => {
  const key = 'sluice.theme';
  const choices = ['system', 'light', 'dark'];

  // Where the browser keeps nothing for this page, the choice lasts as long as the page.
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

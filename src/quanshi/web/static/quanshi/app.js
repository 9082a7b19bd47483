// What every page may use: toasts that leave, the visitor's time zone, steppers, countdowns, tabs, the shell's service worker;
// and what a page says when the net is slow or gone.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`quanshi_zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `quanshi_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

const all = (root, selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];

function dismissToasts(root) {
  for (const toast of all(root, ".toast")) {
    const isLong = toast.querySelector("a") || toast.classList.contains("toast-error"); // to be read, or to be touched
    setTimeout(() => toast.remove(), isLong ? 6000 : 3200);
  }
}

/** Plus and minus of a quantity field; without this module the field itself can be typed into. */
function enhanceSteppers(root) {
  for (const stepper of all(root, "[data-stepper]")) {
    const input = stepper.querySelector("input");
    const buttons = stepper.querySelectorAll("button[data-step]");
    const refresh = () => {
      const value = Number(input.value);
      for (const button of buttons) {
        const next = value + Number(button.dataset.step);
        button.disabled = next < Number(input.min) || (input.max !== "" && next > Number(input.max));
      }
    };
    for (const button of buttons) {
      button.hidden = false;
      button.onclick = () => {
        input.value = String(Number(input.value) + Number(button.dataset.step));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      };
    }
    input.oninput = refresh;
    input.addEventListener("change", refresh);
    refresh();
  }
}

/** Counts down to data-until by the server's clock (data-now). The words before it name a time left, not a time of day. */
function startCountdowns(root) {
  for (const clock of all(root, "[data-until]")) {
    const words = clock.parentElement.querySelector("[data-left]");
    if (words) words.textContent = words.dataset.left;
    const ahead = Date.parse(clock.dataset.now) - Date.now();
    const until = Date.parse(clock.dataset.until);
    const tick = () => {
      const seconds = Math.max(0, Math.round((until - Date.now() - ahead) / 1000));
      const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      if (parts[0] === 0) parts.shift();
      clock.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
      if (!clock.isConnected || seconds === 0) clearInterval(timer);
      if (seconds === 0 && clock.isConnected) clock.dispatchEvent(new CustomEvent("countdown-over", { bubbles: true }));
    };
    const timer = setInterval(tick, 1000);
    tick();
  }
}

/** Says why nothing happens, in the page's language: "offline" or "failed". Once, however often it happens meanwhile. */
function say(trouble) {
  const toasts = document.getElementById("toasts");
  const words = toasts?.dataset[trouble];
  if (!words || [...toasts.children].some((toast) => toast.textContent === words)) return;
  const toast = document.createElement("p");
  toast.className = "toast toast-error";
  toast.textContent = words;
  toasts.append(toast);
  setTimeout(() => toast.remove(), 6000);
}

const isWaiting = (form, yes) => {
  form.toggleAttribute("data-sending", yes);
  document.documentElement.toggleAttribute("data-busy", yes);
};

// a second tap sends nothing twice, and without a net nothing is lost: the form stays as it was filled in
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return; // htmx sends it
  if (!navigator.onLine || form.hasAttribute("data-sending")) {
    event.preventDefault();
    if (!navigator.onLine) say("offline");
  } else if (form.method === "post") {
    isWaiting(form, true);
    setTimeout(() => isWaiting(form, false), 10000); // an answer that was a file leaves the page standing
  }
});
addEventListener("pageshow", () => document.querySelectorAll("[data-sending]").forEach((form) => isWaiting(form, false)));
addEventListener("offline", () => say("offline"));
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => say("offline"));
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.shouldSwap && event.detail.xhr.status >= 500 && event.detail.xhr.status !== 503) say("failed");
});
document.addEventListener("htmx:beforeSend", () => document.documentElement.toggleAttribute("data-busy", true));
document.addEventListener("htmx:afterRequest", () => document.documentElement.toggleAttribute("data-busy", false));

/** A row of tabs that is wider than the screen begins where the reader is. */
function showCurrentTabs(root) {
  for (const tab of all(root, ".tabs > [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

function enhance(root) {
  dismissToasts(root);
  enhanceSteppers(root);
  startCountdowns(root);
  showCurrentTabs(root);
}

enhance(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) enhance(event.target);
});
// a refusal (409, 422) is a page part to show, not a failure to hide
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([403, 404, 409, 410, 422, 429, 503].includes(event.detail.xhr.status)) event.detail.shouldSwap = true;
});

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // private windows refuse workers; the pages need none
  });
}

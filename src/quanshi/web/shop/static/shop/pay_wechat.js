// Opens WeChat's payment sheet. Its answer moves the page and nothing else: the order's page is told by our server,
// which believes WeChat Pay's signed word alone.

const NAMES = ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"];
const place = document.getElementById("wechat-pay");
const again = place.querySelector("[data-again]");

function say(word) {
  for (const line of place.querySelectorAll("[data-say]")) line.hidden = line.dataset.say !== word;
  again.hidden = word === "opening";
}

function open() {
  say("opening");
  const parameters = Object.fromEntries(NAMES.map((name) => [name, place.getAttribute(`data-pay-${name}`)]));
  window.WeixinJSBridge.invoke("getBrandWCPayRequest", parameters, (answer) => {
    if (answer.err_msg === "get_brand_wcpay_request:ok") location.replace(place.dataset.order);
    else say(answer.err_msg === "get_brand_wcpay_request:cancel" ? "left" : "broken");
  });
}

function start() {
  if (window.WeixinJSBridge) open();
  else say("broken");
}

again.addEventListener("click", start);
if (window.WeixinJSBridge) {
  open();
} else {
  // the bridge may come after the page; a browser that only calls itself WeChat never brings one
  const waiting = setTimeout(() => say("broken"), 5000);
  document.addEventListener("WeixinJSBridgeReady", () => {
    clearTimeout(waiting);
    open();
  }, { once: true });
}

/** The server makes one for each page; with it styles made while the page runs pass the policy that refuses all other inline ones. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

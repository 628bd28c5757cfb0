/** Said before somebody types a password; the API has the last word. */
export const PASSWORD_RULES =
  '12 to 200 characters; not the name, not the e-mail address, not one character repeated.'

/** Two customers' files that differ in personal values alone. */
export const TWINS = [
  'email,name,age,joined,country\nanna@example.com,Anna,31,2020-01-01,DE\n,Bert,,2021-05-05,FR\nanna@example.com,,99,,DE\n',
  'email,name,age,joined,country\nzoe@example.net,Zoe,7,1999-12-31,DE\nbob@example.net,,55,,FR\ncarl@example.org,Carl,55,2001-01-01,DE\n',
]

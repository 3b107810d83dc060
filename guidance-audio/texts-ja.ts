/** One Japanese sentence or a few that are always said together. */
export interface TextJa {
  /** What is said, with `{name:kind}` where a value is said. */
  readonly text: string
  /** Its reading in kana as spoken: the particles は and へ stand as わ and え. Places as `{name}`. */
  readonly kana: string
  /** How the voice has to be handed the text where it would misread it. */
  readonly say?: string
}

/**
 * Everything that a Japanese caller hears. Ids are file names of clips, so they are in kebab case;
 * those that begin `announcement-` are played by the switch and carry no value.
 */
export const textsJa = {
  // The charge dialogue, 1400 (seed 004 §3.2 ⑫ to ⑰; requirements §4).
  welcome: {
    text: 'カードの登録を受け付けます。',
    kana: 'かーどのとうろくをうけつけます。',
  },
  /** Invites into this language, so it is played inside the dialogue of the other one. */
  'language-hint': {
    text: '日本語の案内は、9を押してください。',
    kana: 'にほんごのあんないわ、きゅうをおしてください。',
    say: '日本語の案内は、九を押してください。',
  },
  'enter-number': {
    text: 'カード裏面の、{length:digits}の番号と、最後にシャープを押してください。',
    kana: 'かーどりめんの、{length}のばんごうと、さいごにしゃーぷをおしてください。',
  },
  'enter-number-short': {
    text: 'カード番号と、最後にシャープを押してください。',
    kana: 'かーどばんごうと、さいごにしゃーぷをおしてください。',
  },
  'enter-number-hint': {
    text: '押し間違えたときは、米印を押すと、初めから入力できます。',
    kana: 'おしまちがえたときわ、こめじるしをおすと、はじめからにゅうりょくできます。',
    say: '押し間違えたときは、こめじるしを押すと、初めから入力できます。',
  },
  'enter-number-where': {
    text: '番号は、カード裏面の、銀色の部分を削ると現れます。',
    kana: 'ばんごうわ、かーどりめんの、ぎんいろのぶぶんをけずるとあらわれます。',
  },
  'too-few-digits': {
    text: '桁数が足りません。',
    kana: 'けたすうがたりません。',
  },
  'too-many-digits': {
    text: '桁数が多すぎます。',
    kana: 'けたすうがおおすぎます。',
  },
  'no-input': {
    text: '番号の入力が、確認できませんでした。',
    kana: 'ばんごうのにゅうりょくが、かくにんできませんでした。',
  },
  'tries-over': {
    text: 'カードをお手元にご用意のうえ、もう一度おかけ直しください。',
    kana: 'かーどをおてもとにごよういのうえ、もういちどおかけなおしください。',
  },
  /** One wording for unknown, used, inactive and expired cards (requirement N-08, §5.4). */
  'card-refused': {
    text: 'このカード番号は登録できません。番号をお確かめください。',
    kana: 'このかーどばんごうわとうろくできません。ばんごうをおたしかめください。',
  },
  'tries-left': {
    text: 'あと、{tries:tries}入力できます。',
    kana: 'あと、{tries}にゅうりょくできます。',
  },
  /** The seed's own words (seed 004 §2.3(1)②; requirement S-10). Nothing may be changed in it. */
  locked: {
    text: 'お客様の電話機からは、カードでの登録操作ができません。',
    kana: 'おきゃくさまのでんわきからわ、かーどでのとうろくそうさができません。',
  },
  /** Before any digit is asked for, when no card fits any more (requirement N-05). */
  'month-cap-reached': {
    text: '今月登録できる金額は、{cap:yen}までです。今月は、これ以上は登録できません。来月以降に、おかけ直しください。',
    kana: 'こんげつとうろくできるきんがくわ、{cap}までです。こんげつわ、これいじょうわとうろくできません。らいげついこうに、おかけなおしください。',
  },
  /** After the card is known to cross the cap; it stays unused (requirement S-12). */
  'over-month-cap': {
    text: 'このカードを登録すると、今月の上限を超えるため、登録できません。今月は、あと{remaining:yen}まで登録できます。カードは使用されていません。',
    kana: 'このかーどをとうろくすると、こんげつのじょうげんをこえるため、とうろくできません。こんげつわ、あと{remaining}までとうろくできます。かーどわしようされていません。',
  },
  'one-moment': {
    text: '確認しています。そのまま、お待ちください。',
    kana: 'かくにんしています。そのまま、おまちください。',
  },
  'charge-succeeded': {
    text: '{amount:yen}を登録しました。今月の登録額は、合計{total:yen}です。',
    kana: '{amount}をとうろくしました。こんげつのとうろくがくわ、ごうけい{total}です。',
  },
  'charge-succeeded-pricall': {
    text: '{added:units}を追加しました。',
    kana: '{added}をついかしました。',
  },
  'room-left': {
    text: '今月は、あと{remaining:yen}まで登録できます。',
    kana: 'こんげつわ、あと{remaining}までとうろくできます。',
  },
  /** The same handset keys its own card again within 24 hours (requirements §4, hang-up table). */
  'card-already-yours': {
    text: 'このカードは、すでにお客様の電話番号に登録済みです。登録した金額は、{amount:yen}です。',
    kana: 'このかーどわ、すでにおきゃくさまのでんわばんごうにとうろくずみです。とうろくしたきんがくわ、{amount}です。',
  },
  'next-card': {
    text: '続けて登録する場合は1を、終了する場合は2を押してください。',
    kana: 'つづけてとうろくするばあいわいちを、しゅうりょうするばあいわにをおしてください。',
    say: '続けて登録する場合は一を、終了する場合は二を押してください。',
  },
  'cards-per-call': {
    text: '一度のお電話で登録できるカードは、{cards:cards}までです。',
    kana: 'いちどのおでんわでとうろくできるかーどわ、{cards}までです。',
  },
  goodbye: {
    text: 'ご利用いただき、ありがとうございました。',
    kana: 'ごりよういただき、ありがとうございました。',
  },
  /** The words of requirement N-08. */
  'outcome-unknown': {
    text: '結果を確認できませんでした。しばらくして157でお確かめください。',
    kana: 'けっかをかくにんできませんでした。しばらくしていちごーななでおたしかめください。',
    say: '結果を確認できませんでした。しばらくして、イチゴーナナでお確かめください。',
  },
  'try-again-later': {
    text: 'ただいま、登録の手続きができません。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、とうろくのてつづきができません。しばらくしてから、おかけなおしください。',
  },
  'card-not-used': {
    text: 'カードは使用されていません。',
    kana: 'かーどわしようされていません。',
  },
  'call-time-over': {
    text: '通話できる時間を過ぎました。電話を終了します。',
    kana: 'つうわできるじかんをすぎました。でんわをしゅうりょうします。',
  },

  // The balance dialogue, 157 (requirements S-29, A-05, §7.10).
  'balance-welcome': {
    text: 'カード登録額のご案内です。',
    kana: 'かーどとうろくがくのごあんないです。',
  },
  'balance-month': {
    text: '今月の登録額は、{amount:yen}です。',
    kana: 'こんげつのとうろくがくわ、{amount}です。',
  },
  'balance-none': {
    text: '登録されているカードは、ありません。',
    kana: 'とうろくされているかーどわ、ありません。',
  },
  'balance-as-of': {
    text: '{day:day}現在の、ご請求についてのご案内です。',
    kana: '{day}げんざいの、ごせいきゅうについてのごあんないです。',
  },
  'balance-next-bill': {
    text: '次回のご請求に適用される予定の金額は、{amount:yen}です。',
    kana: 'じかいのごせいきゅうにてきようされるよていのきんがくわ、{amount}です。',
  },
  /** Registered after the as-of date of the billing figures (requirement A-05). */
  'balance-unconfirmed': {
    text: 'このほかに、未確定の登録額が、{amount:yen}あります。',
    kana: 'このほかに、みかくていのとうろくがくが、{amount}あります。',
  },
  'balance-valid-until': {
    text: '登録額の有効期限は、{last:date}です。',
    kana: 'とうろくがくのゆうこうきげんわ、{last}です。',
  },
  'balance-last-charge': {
    text: '最後の登録は、{at:moment}に、{amount:yen}です。',
    kana: 'さいごのとうろくわ、{at}に、{amount}です。',
  },
  'balance-locked': {
    text: '現在、お客様の電話機からの登録操作は、停止されています。',
    kana: 'げんざい、おきゃくさまのでんわきからのとうろくそうさわ、ていしされています。',
  },
  'balance-bill-unavailable': {
    text: 'ただいま、ご請求についてのご案内ができません。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、ごせいきゅうについてのごあんないができません。しばらくしてから、おかけなおしください。',
  },
  /** When even this month's amount cannot be told: nothing of the answer came (requirement S-29). */
  'balance-unavailable': {
    text: 'ただいま、登録額のご案内ができません。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、とうろくがくのごあんないができません。しばらくしてから、おかけなおしください。',
  },
  'balance-repeat': {
    text: 'もう一度お聞きになる場合は、1を押してください。',
    kana: 'もういちどおききになるばあいわ、いちをおしてください。',
    say: 'もう一度お聞きになる場合は、一を押してください。',
  },
  'pricall-units-left': {
    text: '残りは、{left:units}です。',
    kana: 'のこりわ、{left}です。',
  },
  'pricall-units-unavailable': {
    text: 'ただいま、残りの度数のご案内ができません。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、のこりのどすうのごあんないができません。しばらくしてから、おかけなおしください。',
  },
  'pricall-units-over': {
    text: '残りの度数がなくなりました。通話を終了します。',
    kana: 'のこりのどすうがなくなりました。つうわをしゅうりょうします。',
  },

  // Announcements of the switch, in early media: the MCSCP sees no call (requirement N-06).
  'announcement-not-permitted': {
    text: 'お客様のご契約では、カードの登録はご利用になれません。',
    kana: 'おきゃくさまのごけいやくでわ、かーどのとうろくわごりようになれません。',
  },
  'announcement-service-stopped': {
    text: 'ただいま、カードの登録を停止しております。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、かーどのとうろくをていししております。しばらくしてから、おかけなおしください。',
  },
  'announcement-before-service-start': {
    text: 'カードの登録は、まだ開始しておりません。',
    kana: 'かーどのとうろくわ、まだかいししておりません。',
  },
  'announcement-congestion': {
    text: 'ただいま、電話がたいへん混み合っております。しばらくしてから、おかけ直しください。',
    kana: 'ただいま、でんわがたいへんこみあっております。しばらくしてから、おかけなおしください。',
  },
  'announcement-no-identity': {
    text: 'お客様の電話番号を確認できないため、おつなぎできません。',
    kana: 'おきゃくさまのでんわばんごうをかくにんできないため、おつなぎできません。',
  },
  'announcement-unknown-number': {
    text: 'おかけになった電話番号は、使われておりません。番号をお確かめのうえ、おかけ直しください。',
    kana: 'おかけになったでんわばんごうわ、つかわれておりません。ばんごうをおたしかめのうえ、おかけなおしください。',
  },
  'announcement-not-registered': {
    text: 'おかけになった電話は、電源が入っていないか、電波の届かない場所にあるため、かかりません。',
    kana: 'おかけになったでんわわ、でんげんがはいっていないか、でんぱのとどかないばしょにあるため、かかりません。',
  },
  'announcement-no-units': {
    text: '残りの度数がないため、おつなぎできません。カードを登録してから、おかけ直しください。',
    kana: 'のこりのどすうがないため、おつなぎできません。かーどをとうろくしてから、おかけなおしください。',
  },
} as const satisfies Record<string, TextJa>

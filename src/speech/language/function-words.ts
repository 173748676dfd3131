/** The words that hold sentences together, a third or more of what anybody writes in a language. By ISO 639. */
export const functionWords: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    en: `the of and to in a is that it was for on are as with his they at be this have from or had by not but what all were
      when we there can an your which their if do will each about how up out them then she many some so these would other into
      has more her two like him see time could no make than first been its who now my made over did down only way find use may
      you i he me us our where why here just please yes thank very too been am don't it's i'm isn't let's get got go`,
    de: `der die das und in an am so war was bin hat will ist nicht ein eine einen einem einer ich du er sie wir ihr es mit auf für von zu zum zur im dem des
      auch sich wie aber oder wenn noch nur schon sind wird werden wurde haben hat hatte kann können muss bei nach aus über
      unter vor durch gegen ohne um dass weil als heute morgen hier dort sehr mehr bitte danke guten wo wer warum mein dein kein`,
    fr: `on me te son ton mon si le la les un une des du de et est sont dans pour que qui ne pas plus avec sur il elle nous vous ils elles je tu ce
      cette ces au aux en par mais ou où se sa ses leur était être avoir a été fait faire comme tout tous très bien aussi
      quand comment pourquoi bonjour merci aujourd'hui c'est d'un d'une n'est qu'il j'ai l'on votre notre`,
    es: `a si el la los las un una unos de del y es son en para que por con no se su sus al lo como más pero este esta está están
      hay muy también cuando donde quien porque fue ser ha han había yo tú él ella nosotros ustedes me te le les hola gracias
      qué cómo dónde hoy todo todos sobre entre desde hasta sin mi tiene`,
    it: `a se no il lo la i gli le un uno una di del della dei delle dello e è sono in per che non con si da dal dalla al alla nel
      nella sul sulla come più ma anche questo questa quando dove chi perché ha hanno era essere molto tutto tutti ci mi ti
      io tu lui lei noi voi loro ciao grazie oggi cosa fra suo sua`,
    pt: `me se o a os as um uma de do da dos das e é são em no na nos nas para que por com não se seu sua ao à como mais mas este
      esta está estão há muito também quando onde quem porque foi ser tem têm eu ele ela nós vocês você me te lhe olá obrigado
      hoje tudo todos sobre entre desde até sem meu minha pelo pela isso`,
    nl: `in is was of we over hem haar de het een en van ik je hij zij wij jullie niet met voor op aan te dat die dit er om ook als maar zijn was heeft
      hebben naar bij uit door over nog wel geen wordt worden kan moet deze hier daar waar wie waarom hoe veel meer zeer
      alsjeblieft dank vandaag mijn jouw onze`,
    pl: `a on i w z na do się nie to jest że o jak ale po co tak za od przez dla przy są był była było być ma jego jej ich
      tym ten ta te tego który która które czy już tylko bardzo może gdy kiedy gdzie dlaczego proszę dziękuję dzisiaj dzień`,
    cs: `a v na se je že s z do o k i to za pro po ve si jako ale od u jsou byl byla bylo být má jeho její jejich tento
      tato který která které nebo už jen velmi může když kde proč prosím děkuji dnes dobrý jsem není`,
    sv: `i man den och att det som en på är av för med den till inte har de ett om var jag han hon vi ni men så från vid kan när nu
      eller mycket också efter upp vad här där varför tack idag mig dig sig skulle hade`,
    da: `i man den og at det som en på er af for med den til ikke har de et om var jeg han hun vi men så fra ved kan når nu eller
      meget også efter op hvad her der hvorfor tak dag mig dig sig skulle havde blev være`,
    nb: `i man den og at det som en på er av for med den til ikke har de et om var jeg han hun vi men så fra ved kan når nå eller
      mye også etter opp hva her der hvorfor takk dag meg deg seg skulle hadde ble være`,
    fi: `ja on ei se että hän oli ovat mutta kun niin kuin joka myös tai jos vain sen sitä mitä minä sinä me te he ole olla
      tämä nyt hyvin paljon miksi missä kiitos tänään päivää oli olen`,
    tr: `ve bir bu da de için ile çok ne daha gibi var ama o mi kadar olan olarak en ben sen biz siz her sonra şey değil
      nasıl neden nerede bugün merhaba teşekkürler iyi lütfen yok ise ya şu`,
    hu: `a az és hogy nem is egy van de ez azt meg csak mint volt már vagy ha még ki el kell én te ő mi ti ők nagyon
      miért hol ma kérem köszönöm jó lesz minden`,
    ro: `a o me și de la în a cu pe este nu un o din care sunt mai pentru că se ce al ale au fost după dar sau ca prin lui ei
      această acest foarte când unde cine eu tu noi voi bună ziua mulțumesc astăzi`,
    id: `yang dan di ini itu dengan untuk dari tidak dalam akan pada ada juga saya kamu dia kami kita mereka ke karena sudah
      atau bisa oleh seperti lebih apa siapa mengapa terima kasih selamat hari adalah`,
    ca: `a si el la els les un una de del i és són en per a que no amb es al com més però aquest aquesta està molt també quan on
      qui perquè jo tu ell ella nosaltres hola gràcies avui tot tots sobre entre fins sense dels`,
    vi: `và của là có không các những người được cho với này tôi bạn một trong đã để chào xin rất khi cũng như nhưng đến từ
      ở ra vào lại còn thì mà nếu vì sao gì ai đâu hôm nay cảm ơn anh chị em ông bà chúng ta ngày năm nhiều hơn sẽ đang`,
    ru: `и в не на я что он она мы вы они это с как по но из у за от же так для о то все был была было быть есть если
      когда где кто почему очень уже только или его её их мой этот эта спасибо привет сегодня`,
    uk: `і в не на я що він вона ми ви вони це з як по але із у за від же так для про то все був була було бути є якщо
      коли де хто чому дуже вже тільки або його її їх мій цей ця дякую привіт сьогодні та до`,
    bg: `и в не на аз че той тя ние вие те това с как по но от за се да е са съм ще си бе беше ако когато къде кой защо
      много вече само или му й им моят този тази благодаря здравей днес със`,
  }).map(([language, words]) => [language, new Set(words.split(/\s+/))]),
);

//! How words are spoken whose characters have more than one pronunciation, or lose their tone.
//!
//! Our own table of common words; what it lacks gets each character's commonest pronunciation.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Word and pinyin in turn.
const TABLE: &str = "\
银行 yin2hang2 行业 hang2ye4 行家 hang2jia5 同行 tong2hang2 行列 hang2lie4 外行 wai4hang2 内行 nei4hang2 央行 yang1hang2 \
行情 hang2qing2 排行 pai2hang2 一行行 yi1hang2hang2 长大 zhang3da4 校长 xiao4zhang3 市长 shi4zhang3 部长 bu4zhang3 \
家长 jia1zhang3 成长 cheng2zhang3 增长 zeng1zhang3 生长 sheng1zhang3 院长 yuan4zhang3 局长 ju2zhang3 队长 dui4zhang3 \
班长 ban1zhang3 船长 chuan2zhang3 董事长 dong3shi4zhang3 首长 shou3zhang3 长官 zhang3guan1 长辈 zhang3bei4 长老 zhang3lao3 \
重新 chong2xin1 重复 chong2fu4 重庆 chong2qing4 重叠 chong2die2 重建 chong2jian4 重来 chong2lai2 重逢 chong2feng2 \
重阳 chong2yang2 重组 chong2zu3 双重 shuang1chong2 音乐 yin1yue4 乐器 yue4qi4 乐队 yue4dui4 乐曲 yue4qu3 声乐 sheng1yue4 \
乐团 yue4tuan2 了解 liao3jie3 了不起 liao3bu5qi3 为了 wei4le5 因为 yin1wei4 为什么 wei4shen2me5 为何 wei4he2 为此 wei4ci3 \
得到 de2dao4 取得 qu3de2 获得 huo4de2 觉得 jue2de5 值得 zhi2de5 记得 ji4de5 显得 xian3de5 懂得 dong3de5 晓得 xiao3de5 \
舍得 she3de5 得了 de2le5 得意 de2yi4 难得 nan2de2 只得 zhi3de2 地方 di4fang5 目的 mu4di4 的确 di2que4 的士 di1shi4 \
都市 du1shi4 首都 shou3du1 成都 cheng2du1 都城 du1cheng2 京都 jing1du1 归还 gui1huan2 还给 huan2gei3 偿还 chang2huan2 \
还钱 huan2qian2 退还 tui4huan2 会计 kuai4ji4 爱好 ai4hao4 好奇 hao4qi2 好客 hao4ke4 好学 hao4xue2 中奖 zhong4jiang3 \
中毒 zhong4du2 命中 ming4zhong4 击中 ji1zhong4 看中 kan4zhong4 干部 gan4bu4 干活 gan4huo2 能干 neng2gan4 干吗 gan4ma2 \
干什么 gan4shen2me5 才干 cai2gan4 树干 shu4gan4 骨干 gu3gan4 部分 bu4fen5 成分 cheng2fen4 过分 guo4fen4 身分 shen1fen4 \
水分 shui3fen4 充分 chong1fen4 分量 fen4liang4 数数 shu3shu4 数不清 shu3bu5qing1 数一数二 shu3yi1shu3er4 \
出差 chu1chai1 差事 chai1shi5 邮差 you2chai1 差不多 cha4bu5duo1 差点 cha4dian3 差距 cha1ju4 差别 cha1bie2 差异 cha1yi4 \
误差 wu4cha1 参差 cen1ci1 人参 ren2shen1 便宜 pian2yi5 大夫 dai4fu5 着急 zhao2ji2 睡着 shui4zhao2 着火 zhao2huo3 \
着凉 zhao2liang2 着手 zhuo2shou3 着重 zhuo2zhong4 着想 zhuo2xiang3 沉着 chen2zhuo2 穿着 chuan1zhuo2 假期 jia4qi1 \
放假 fang4jia4 请假 qing3jia4 假日 jia4ri4 休假 xiu1jia4 暑假 shu3jia4 寒假 han2jia4 教书 jiao1shu1 教给 jiao1gei3 \
角色 jue2se4 主角 zhu3jue2 配角 pei4jue2 睡觉 shui4jiao4 午觉 wu3jiao4 空闲 kong4xian2 有空 you3kong4 填空 tian2kong4 \
空白 kong4bai2 没空 mei2kong4 系鞋带 ji4xie2dai4 照相 zhao4xiang4 相片 xiang4pian4 长相 zhang3xiang4 真相 zhen1xiang4 \
首相 shou3xiang4 相机 xiang4ji1 高兴 gao1xing4 兴趣 xing4qu4 反应 fan3ying4 适应 shi4ying4 应用 ying4yong4 应付 ying4fu5 \
回应 hui2ying4 效应 xiao4ying4 供应 gong1ying4 响应 xiang3ying4 对应 dui4ying4 种植 zhong4zhi2 种地 zhong4di4 种田 zhong4tian2 \
转动 zhuan4dong4 转圈 zhuan4quan1 自传 zi4zhuan4 传记 zhuan4ji4 水浒传 shui3hu3zhuan4 头发 tou2fa5 理发 li3fa4 白发 bai2fa4 \
发型 fa4xing2 发廊 fa4lang2 背包 bei1bao1 背负 bei1fu4 到处 dao4chu4 好处 hao3chu5 坏处 huai4chu5 处处 chu4chu4 办事处 ban4shi4chu4 \
长处 chang2chu4 四处 si4chu4 处长 chu4zhang3 用处 yong4chu5 适当 shi4dang4 恰当 qia4dang4 上当 shang4dang4 当作 dang4zuo4 \
当成 dang4cheng2 当铺 dang4pu4 妥当 tuo3dang4 倒是 dao4shi4 反倒 fan3dao4 倒数 dao4shu3 倒车 dao4che1 调查 diao4cha2 \
强调 qiang2diao4 声调 sheng1diao4 单调 dan1diao4 语调 yu3diao4 曲调 qu3diao4 格调 ge2diao4 调动 diao4dong4 恶心 e3xin5 \
可恶 ke3wu4 厌恶 yan4wu4 冠军 guan4jun1 夺冠 duo2guan4 暖和 nuan3huo5 几乎 ji1hu1 投降 tou2xiang2 结实 jie1shi5 尽管 jin3guan3 \
尽量 jin3liang4 尽快 jin3kuai4 尽早 jin3zao3 积累 ji1lei3 累计 lei3ji4 疲累 pi2lei4 测量 ce4liang2 打量 da3liang5 商量 shang1liang5 \
露出 lou4chu1 露面 lou4mian4 率领 shuai4ling3 率先 shuai4xian1 坦率 tan3shuai4 草率 cao3shuai4 沉没 chen2mo4 淹没 yan1mo4 \
没收 mo4shou1 埋没 mai2mo4 模样 mu2yang4 模具 mu2ju4 灾难 zai1nan4 难民 nan4min2 宁可 ning4ke3 勉强 mian3qiang3 倔强 jue2jiang4 \
一切 yi2qie4 亲切 qin1qie4 密切 mi4qie4 迫切 po4qie4 切实 qie4shi2 确切 que4qie4 歌曲 ge1qu3 乐曲 yue4qu3 作曲 zuo4qu3 戏曲 xi4qu3 \
散文 san3wen2 散漫 san3man4 少年 shao4nian2 青少年 qing1shao4nian2 少女 shao4nv3 少爷 shao4ye5 反省 fan3xing3 似的 shi4de5 \
游说 you2shui4 要求 yao1qiu2 载重 zai4zhong4 记载 ji4zai3 登载 deng1zai3 转载 zhuan3zai3 肮脏 ang1zang1 脏话 zang1hua4 \
一只 yi4zhi1 船只 chuan2zhi1 两只 liang3zhi1 三只 san1zhi1 弹性 tan2xing4 子弹 zi3dan4 炸弹 zha4dan4 导弹 dao3dan4 \
曾孙 zeng1sun1 尽头 jin4tou2 藏族 zang4zu2 西藏 xi1zang4 宝藏 bao3zang4 朝阳 zhao1yang2 朝气 zhao1qi4 单于 chan2yu2 给予 ji3yu3 \
供给 gong1ji3 自给 zi4ji3 否则 fou3ze2 夹克 jia1ke4 胳膊 ge1bo5 薄弱 bo2ruo4 单薄 dan1bo2 剥削 bo1xue1 削弱 xue1ruo4 血液 xue4ye4 \
流血 liu2xue4 鲜血 xian1xue4 心血 xin1xue4 安宁 an1ning2 盛饭 cheng2fan4 石头 shi2tou5 馒头 man2tou5 骨头 gu3tou5 木头 mu4tou5 \
枕头 zhen3tou5 念头 nian4tou5 舌头 she2tou5 里头 li3tou5 前头 qian2tou5 后头 hou4tou5 外头 wai4tou5 上头 shang4tou5 \
什么 shen2me5 怎么 zen3me5 怎么样 zen3me5yang4 这么 zhe4me5 那么 na4me5 多么 duo1me5 要么 yao4me5 东西 dong1xi5 朋友 peng2you5 \
先生 xian1sheng5 学生 xue2sheng5 医生 yi1sheng1 妈妈 ma1ma5 爸爸 ba4ba5 哥哥 ge1ge5 姐姐 jie3jie5 弟弟 di4di5 妹妹 mei4mei5 \
爷爷 ye2ye5 奶奶 nai3nai5 叔叔 shu1shu5 婆婆 po2po5 太太 tai4tai5 宝宝 bao3bao5 星星 xing1xing5 谢谢 xie4xie5 看看 kan4kan5 \
意思 yi4si5 明白 ming2bai5 认识 ren4shi5 喜欢 xi3huan5 告诉 gao4su5 漂亮 piao4liang5 衣服 yi1fu5 消息 xiao1xi5 太阳 tai4yang5 \
月亮 yue4liang5 晚上 wan3shang5 早上 zao3shang5 时候 shi2hou5 关系 guan1xi5 事情 shi4qing5 舒服 shu1fu5 客气 ke4qi5 休息 xiu1xi5 \
麻烦 ma2fan5 耳朵 er3duo5 眼睛 yan3jing5 故事 gu4shi5 聪明 cong1ming5 热闹 re4nao5 知识 zhi1shi5 丈夫 zhang4fu5 窗户 chuang1hu5 \
葡萄 pu2tao5 玻璃 bo1li5 萝卜 luo2bo5 名字 ming2zi5 师傅 shi1fu5 精神 jing1shen2 打听 da3ting5 豆腐 dou4fu5 姑娘 gu1niang5 \
困难 kun4nan5 力量 li4liang5 脾气 pi2qi5 情形 qing2xing5 容易 rong2yi4 收拾 shou1shi5 算盘 suan4pan5 行李 xing2li5 钥匙 yao4shi5 \
招呼 zhao1hu5 主意 zhu3yi5 清楚 qing1chu5 干净 gan1jing4 咱们 zan2men5 人家 ren2jia5 亲戚 qin1qi5 生意 sheng1yi5 态度 tai4du5 \
电子 dian4zi3 原子 yuan2zi3 分子 fen1zi3 女子 nv3zi3 男子 nan2zi3 王子 wang2zi3 孔子 kong3zi3 老子 lao3zi3 量子 liang4zi3 \
粒子 li4zi3 君子 jun1zi3 弟子 di4zi3 才子 cai2zi3 天子 tian1zi3 太子 tai4zi3 父子 fu4zi3 母子 mu3zi3 因子 yin1zi3 种子 zhong3zi5 \
妻子 qi1zi5 儿子 er2zi5 给力 gei3li4 大厦 da4sha4 厦门 xia4men2 尾巴 wei3ba5 下巴 xia4ba5 哪里 na3li3 那里 na4li5 这里 zhe4li5 \
不好意思 bu4hao3yi4si5 没关系 mei2guan1xi5 对不起 dui4bu5qi3 看不见 kan4bu5jian4 听不懂 ting1bu5dong3";

/// Characters whose commonest pronunciation is not the first that the crate gives.
const CHARACTERS: &str = "\
的 de5 地 di4 得 de5 了 le5 着 zhe5 吗 ma5 呢 ne5 吧 ba5 啊 a5 呀 ya5 嘛 ma5 们 men5 么 me5 不 bu4 一 yi1 还 hai2 都 dou1 和 he2 \
行 xing2 长 chang2 重 zhong4 乐 le4 为 wei4 会 hui4 好 hao3 中 zhong1 干 gan4 分 fen1 数 shu4 差 cha4 便 bian4 大 da4 假 jia3 教 jiao4 \
角 jiao3 觉 jue2 空 kong1 系 xi4 相 xiang1 兴 xing1 应 ying1 种 zhong3 转 zhuan3 传 chuan2 发 fa1 背 bei4 处 chu4 当 dang1 倒 dao3 \
调 tiao2 恶 e4 几 ji3 降 jiang4 结 jie2 尽 jin4 累 lei4 量 liang4 露 lu4 率 lv4 没 mei2 模 mo2 难 nan2 强 qiang2 切 qie1 曲 qu3 \
散 san4 少 shao3 省 sheng3 似 si4 说 shuo1 要 yao4 载 zai4 只 zhi3 给 gei3 上 shang4 下 xia4 里 li3 子 zi3 头 tou2 个 ge4 过 guo4 \
看 kan4 打 da3 儿 er2 她 ta1 他 ta1 那 na4 哪 na3 这 zhe4 谁 shei2 血 xue4 色 se4 什 shen2 石 shi2 石 shi2 弹 dan4 藏 cang2 朝 chao2 \
否 fou3 薄 bao2 似 si4 宁 ning2 更 geng4 将 jiang1 间 jian1 号 hao4 正 zheng4 与 yu3 提 ti2 车 che1 解 jie3 化 hua4 比 bi3 片 pian4 \
创 chuang4 冲 chong1 担 dan1 划 hua4 禁 jin4 卷 juan3 卡 ka3 拉 la1 笼 long2 蒙 meng2 迷 mi2 磨 mo2 哦 o4 嗯 en5 喂 wei4 哈 ha1 呵 he1 \
啦 la5 哇 wa5 咯 lo5 家 jia1 句 ju4 信 xin4 识 shi2 艾 ai4 折 zhe2 盛 sheng4 尾 wei3 系 xi4 校 xiao4 圈 quan1 任 ren4 炸 zha4 涨 zhang3";

fn map(table: &'static str) -> HashMap<&'static str, &'static str> {
    let mut entries = table.split_whitespace();
    let mut map = HashMap::new();
    while let (Some(word), Some(pinyin)) = (entries.next(), entries.next()) {
        map.insert(word, pinyin);
    }
    map
}

/// The syllables of a word in the table: "yin2", "hang2".
pub(crate) fn word(word: &str) -> Option<Vec<&'static str>> {
    static WORDS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    WORDS
        .get_or_init(|| map(TABLE))
        .get(word)
        .map(|pinyin| syllables(pinyin))
}

/// The syllable of a character that stands alone.
pub(crate) fn character(character: &str) -> Option<&'static str> {
    static CHARS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    CHARS
        .get_or_init(|| map(CHARACTERS))
        .get(character)
        .copied()
}

/// Parts "yin2hang2" behind its tones.
fn syllables(pinyin: &str) -> Vec<&str> {
    pinyin
        .split_inclusive(|c: char| c.is_ascii_digit())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mandarin::syllable::syllable;

    #[test]
    fn every_word_has_a_syllable_for_each_character() {
        for table in [TABLE, CHARACTERS] {
            assert_eq!(table.split_whitespace().count() % 2, 0);
            for (word, pinyin) in map(table) {
                let found = syllables(pinyin);
                assert_eq!(found.len(), word.chars().count(), "{word} {pinyin}");
                assert!(
                    found.iter().all(|one| syllable(one).is_some()),
                    "{word} {pinyin}"
                );
            }
        }
    }
}

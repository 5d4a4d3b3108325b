# What torchvision and timm compute on weights that any program can regenerate: writes torch-golden.json beside this file.
# Run with PyTorch 2.13, torchvision 0.28 and timm 1.0.29; any later ones should give the same figures.
import json, os
import numpy as np, torch, torchvision, timm
def fnv(s):
    h=0x811c9dc5
    for b in s.encode(): h=((h^b)*0x01000193)&0xffffffff
    return h
def gen(path,n):
    a=fnv(path)
    st=(np.uint64(a)+np.uint64(0x6D2B79F5)*np.arange(1,n+1,dtype=np.uint64)).astype(np.uint32)
    t=st.copy()
    with np.errstate(over='ignore'):
        t=(t^(t>>np.uint32(15)))*(t|np.uint32(1))
        t=t^(t+(t^(t>>np.uint32(7)))*(t|np.uint32(61)))
    return (t^(t>>np.uint32(14))).astype(np.float64)/4294967296
assert abs(gen('input',3)-[0.98036012,0.79236961,0.62917011]).max()<1e-7
def fill(m,gamma):
    for k,p in m.state_dict().items():
        if k.endswith('num_batches_tracked'): continue
        u=gen(k,p.numel()).reshape(p.shape)
        if k.endswith('running_mean'): v=(2*u-1)*0.1
        elif k.endswith('running_var'): v=0.5+u
        elif p.dim()>1: v=(2*u-1)*np.sqrt(6/(p.numel()/p.shape[0]))
        elif k.endswith('.weight'): v=gamma+0.8*u
        else: v=(2*u-1)*0.1
        p.copy_(torch.tensor(v.astype(np.float32)))
def run(m,features,size,gamma):
    m.eval(); fill(m,gamma)
    x=torch.tensor((2*gen('input',size*size*3)-1).astype(np.float32).reshape(1,size,size,3)).permute(0,3,1,2)
    with torch.no_grad(): f=features(m,x)
    p=f.mean((2,3)).flatten()
    return {'inputSize':size,'gammaLow':gamma,'shape':[f.shape[2],f.shape[3],f.shape[1]],'std':round(float(f.std()),6),'pooled':[float('%.7g'%v) for v in p[:16]],'pooledStd':float('%.7g'%p.std())}
tv=torchvision.models
def tvf(m,x): return m.features(x)
def resf(m,x):
    x=m.maxpool(m.relu(m.bn1(m.conv1(x))))
    return m.layer4(m.layer3(m.layer2(m.layer1(x))))
def incf(m,x):
    for n in ['Conv2d_1a_3x3','Conv2d_2a_3x3','Conv2d_2b_3x3','maxpool1','Conv2d_3b_1x1','Conv2d_4a_3x3','maxpool2','Mixed_5b','Mixed_5c','Mixed_5d','Mixed_6a','Mixed_6b','Mixed_6c','Mixed_6d','Mixed_6e','Mixed_7a','Mixed_7b','Mixed_7c']:
        x=getattr(m,n)(x)
    return x
def v3t(m,x):
    x=m.bn1(m.conv_stem(x)); return m.blocks(x)
def timmf(m,x): return m.forward_features(x)
T=lambda n: timm.create_model(n,pretrained=False)
out={}
jobs={
 'mobilenetv3small torchvision':(lambda: tv.mobilenet_v3_small(),tvf,96,0.6),
 'mobilenetv3small timm':(lambda: T('mobilenetv3_small_100'),v3t,96,0.6),
 'mobilenetv2-torch torchvision':(lambda: tv.mobilenet_v2(),tvf,96,0.6),
 'mobilenetv2-torch timm':(lambda: T('mobilenetv2_100'),timmf,96,0.6),
 'efficientnetb0-torch torchvision':(lambda: tv.efficientnet_b0(),tvf,96,0.6),
 'efficientnetb0-torch timm':(lambda: T('efficientnet_b0'),timmf,96,0.6),
 'resnet18 torchvision':(lambda: tv.resnet18(),resf,96,0.2),
 'resnet50-torch torchvision':(lambda: tv.resnet50(),resf,96,0.2),
 'resnet50-torch timm':(lambda: T('resnet50'),timmf,96,0.2),
 'vgg16-torch torchvision':(lambda: tv.vgg16(),tvf,64,0.6),
 'inceptionv3-torch torchvision':(lambda: tv.inception_v3(init_weights=False),incf,107,0.6),
 'inceptionv3-torch timm':(lambda: T('inception_v3'),timmf,107,0.6),
}
for k,(mk,f,s,g) in jobs.items():
    out[k]=run(mk(),f,s,g)
json.dump(out,open(os.path.join(os.path.dirname(os.path.abspath(__file__)),'torch-golden.json'),'w'))
